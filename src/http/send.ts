/**
 * Sends requests so that what is told of them is true: every wait is bounded, a request is sent again only where the
 * first one was not acted on or a copy does little harm, and what may have arrived is said to.
 */
import { setTimeout } from "node:timers/promises"
import type { HttpLimits } from "../core/config.js"
import type { Delivery, Logger, OutgoingRequest, Send } from "../core/ports.js"
import { type Attempt, attempt } from "./attempt.js"
import { DeliveryFailure } from "./failure.js"
import { type Message, prepare } from "./message.js"
import type { Environment } from "./proxy.js"
import { isRefusedForNow, pauseBeforeNext } from "./retry.js"

export interface SendOptions {
  readonly limits: HttpLimits
  /** Where HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are looked up, in small or capital letters. */
  readonly env: Environment
  /** Gets a line for each try at debug, and what a user should know beside the outcome as warnings. */
  readonly logger: Logger
  /** The clock that dates of Retry-After are compared with. */
  readonly now?: () => Date
  /** The longest pause before the second try, in milliseconds; 500 unless given. */
  readonly pauseMs?: number
  /** Waits so many milliseconds; by a timer unless given. */
  readonly sleep?: (ms: number) => Promise<void>
}

/** The way out. It holds nothing between deliveries, so that there is nothing to close. */
export function createSend(options: SendOptions): Send {
  return async (request) => {
    try {
      return await deliver(prepare(request), request, options)
    } catch (error) {
      if (!(error instanceof DeliveryFailure)) throw error
      return { outcome: "unanswered", reason: error.message, mayHaveArrived: false, tries: 0, durationMs: 0 }
    }
  }
}

async function deliver(message: Message, { repeatable }: OutgoingRequest, options: SendOptions): Promise<Delivery> {
  const { limits, env, logger, now = () => new Date(), pauseMs = 500, sleep = setTimeout } = options
  const { origin } = message.url
  const elapsed = stopwatch()
  let mayHaveArrived = false
  for (let tries = 1; ; tries++) {
    const tryElapsed = stopwatch()
    const timeoutMs = Math.max(1, Math.min(limits.timeoutMs, limits.deadlineMs - elapsed()))
    const result = await attempt(message, { timeoutMs, maxReplyBytes: limits.maxReplyBytes, env, logger })
    logger.debug(`POST ${origin}: try ${tries}: ${inWords(result)}, ${tryElapsed()} ms`)
    const remainingMs = limits.deadlineMs - elapsed()
    const pause = pauseBeforeNext(result, { tries, repeatable, remainingMs, pauseMs, now: now() })
    if (pause === undefined || "tooLateMs" in pause) {
      if (pause) logger.warn(`${origin} asks to wait ${period(pause.tooLateMs)}, beyond the deadline (http.deadlineMs)`)
      return told(result, mayHaveArrived, { tries, durationMs: elapsed() })
    }
    mayHaveArrived ||= result.outcome === "answered" && !isRefusedForNow(result.status)
    await sleep(pause.waitMs)
  }
}

/** @param before whether an earlier try may have arrived */
function told(result: Attempt, before: boolean, effort: Pick<Delivery, "tries" | "durationMs">): Delivery {
  if (result.outcome === "answered") {
    const { status, body, fetched } = result
    const doubt = (before || fetched) && ({ mayHaveArrived: true } as const)
    return { ...effort, outcome: "answered", status, body, ...doubt, ...(fetched && { fetched }) }
  }
  const { reason, mayHaveArrived } = result
  return { ...effort, outcome: "unanswered", reason, mayHaveArrived: before || mayHaveArrived }
}

const inWords = (result: Attempt) => (result.outcome === "answered" ? `status ${result.status}` : result.reason)

/** A server may ask for any number of seconds, even more than a number can hold. */
const period = (ms: number) => (ms > DAY_MS ? "more than a day" : `${ms} ms`)

const DAY_MS = 86_400_000

function stopwatch(): () => number {
  const start = performance.now()
  return () => Math.round(performance.now() - start)
}
