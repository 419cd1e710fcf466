/** One try: the request and the redirects that it is sent on by, within one time-out. */
import type { Fetched, Logger } from "../core/ports.js"
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
  /** Set when a redirect made the request a GET: the body was taken at the first address, or is lost. */
  readonly fetched: Fetched | undefined
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
  let turn: number | undefined
  try {
    for (let redirects = 0; ; redirects++) {
      const reply = await exchange(message, { ...bounds, expiry })
      const next = redirect(message, reply)
      if (next === undefined) return answered(message, reply, turn)
      if ("refusal" in next || redirects === MAX_REDIRECTS) {
        const why = "refusal" in next ? next.refusal : `more than ${MAX_REDIRECTS} times`
        logger.warn(`${message.url.origin} redirects (${reply.status}) ${why}: not followed`)
        return answered(message, reply, turn)
      }
      logger.debug(`POST ${origin}: redirected (${reply.status}) to ${next.url.origin}`)
      if (next.method !== message.method) turn = reply.status
      message = next
    }
  } catch (error) {
    if (!(error instanceof DeliveryFailure)) throw error
    return unanswered(first, message, error)
  } finally {
    expiry.clear()
  }
}

/** @param turn the status of the redirect that made the request a GET */
function answered({ url }: Message, { status, body, retryAfter }: Reply, turn: number | undefined): Answered {
  const fetched = turn === undefined ? undefined : { origin: url.origin, redirect: turn }
  return { outcome: "answered", status, body, retryAfter, fetched }
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
