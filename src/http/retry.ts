/** Whether, and after which pause, a request is tried again. */
import type { Attempt } from "./attempt.js"

export interface Situation {
  /** Made so far. */
  readonly tries: number
  /** As in `OutgoingRequest`. */
  readonly repeatable: boolean
  /** Until the deadline, in milliseconds. */
  readonly remainingMs: number
  /** The longest pause before the second try, in milliseconds. */
  readonly pauseMs: number
  readonly now: Date
}

/** Undefined: there is no further try. `tooLate`: there would be, had the server not asked to wait beyond the deadline. */
export type Pause = { readonly waitMs: number } | { readonly tooLateMs: number } | undefined

/** With pauses from half a second on, about six seconds: a restart, a burst. */
const MAX_TRIES = 5

/**
 * Nothing of it went out; or it was refused for now (429, 503), so that the first one was not acted on; or a copy does
 * little harm (502, 504). The pause doubles with each try, has a random part so that many do not come back at once, and
 * is no shorter than what Retry-After asks for.
 */
export function pauseBeforeNext(attempt: Attempt, situation: Situation): Pause {
  const { tries, repeatable, remainingMs, pauseMs, now } = situation
  if (tries >= MAX_TRIES || !isWorthwhile(attempt, repeatable)) return undefined
  const askedMs = attempt.outcome === "answered" ? retryAfter(attempt.retryAfter, now) : 0
  if (askedMs > 0 && askedMs >= remainingMs) return { tooLateMs: askedMs }
  const waitMs = Math.max(askedMs, pauseMs * 2 ** (tries - 1) * (0.5 + Math.random() / 2))
  return waitMs < remainingMs ? { waitMs } : undefined
}

function isWorthwhile(attempt: Attempt, repeatable: boolean): boolean {
  if (attempt.outcome === "unanswered") return attempt.isPassing
  const { status, fetched } = attempt
  return !fetched && (isRefusedForNow(status) || (repeatable && (status === 502 || status === 504)))
}

/** The server says that it has not acted on the request. */
export const isRefusedForNow = (status: number): boolean => status === 429 || status === 503

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now; 0 for anything else. */
function retryAfter(value: string | null, now: Date): number {
  if (value === null) return 0
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime()
  return Number.isNaN(ms) ? 0 : Math.max(0, ms)
}
