/** One try: the request and the redirects that it is sent on by, within one time-out. */
import type { Logger } from "../core/ports.js"
import { type Bounds, exchange, type Reply } from "./exchange.js"
import { expireAfter } from "./expiry.js"
import { DeliveryFailure } from "./failure.js"
import type { Message } from "./message.js"
import { redirect } from "./redirect.js"

export type Attempt = Answered | Unanswered

export interface Answered {
  readonly outcome: "answered"
  readonly status: number
  readonly body: string | undefined
  readonly retryAfter: string | null
  /** A redirect made the request a GET: the body was taken at the first address, or is lost. */
  readonly isBodyDropped: boolean
}

export interface Unanswered {
  readonly outcome: "unanswered"
  readonly reason: string
  readonly mayHaveArrived: boolean
  /** Nothing went out, and it may work a little later. */
  readonly isPassing: boolean
}

export interface AttemptOptions extends Omit<Bounds, "expiry"> {
  /** Of all exchanges together. */
  readonly timeoutMs: number
  readonly logger: Logger
}

/** The fetch standard allows 20 and Python's requests 30; a request that is meant for another place needs one or two. */
const MAX_REDIRECTS = 5

/** A redirect that is not followed is the answer, with its status. */
export async function attempt(first: Message, { timeoutMs, logger, ...bounds }: AttemptOptions): Promise<Attempt> {
  const expiry = expireAfter(timeoutMs)
  const { origin } = first.url
  let message = first
  try {
    for (let redirects = 0; ; redirects++) {
      const reply = await exchange(message, { ...bounds, expiry })
      const next = redirect(message, reply)
      if (next === undefined) return answered(first, message, reply, logger)
      if ("refusal" in next || redirects === MAX_REDIRECTS) {
        const why = "refusal" in next ? next.refusal : `more than ${MAX_REDIRECTS} times`
        logger.warn(`${message.url.origin} redirects (${reply.status}) ${why}: not followed`)
        return answered(first, message, reply, logger)
      }
      logger.debug(`POST ${origin}: redirected (${reply.status}) to ${next.url.origin}`)
      message = next
    }
  } catch (error) {
    if (!(error instanceof DeliveryFailure)) throw error
    return unanswered(first, message, error)
  } finally {
    expiry.clear()
  }
}

function answered(first: Message, last: Message, { status, body, retryAfter }: Reply, logger: Logger): Answered {
  const isBodyDropped = last.body === undefined
  if (isBodyDropped && status < 300) {
    logger.warn(
      `${first.url.origin} redirected the POST to a GET without its body; that ${last.url.origin} answers it with ` +
        `${status} does not tell whether the body was taken: give the final URL`,
    )
  }
  return { outcome: "answered", status, body, retryAfter, isBodyDropped }
}

function unanswered(first: Message, last: Message, { message, stage, isPassing }: DeliveryFailure): Unanswered {
  const isBodyDropped = last.body === undefined
  return {
    outcome: "unanswered",
    reason: last === first ? message : `after a redirect to ${last.url.origin}: ${message}`,
    mayHaveArrived: isBodyDropped || stage !== "connecting",
    isPassing: isPassing && !isBodyDropped,
  }
}
