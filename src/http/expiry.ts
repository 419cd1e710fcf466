/** The end of a wait. */
export interface Expiry {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** Lets go of the timer, which would keep the process alive. */
  clear(): void
}

/** A signal that is aborted after so many milliseconds. */
export function expireAfter(timeoutMs: number): Expiry {
  const controller = new AbortController()
  // A process that was busy finds the timer due before it has read a reply that came in time: read first.
  const timer = setTimeout(() => setImmediate(() => controller.abort()), timeoutMs)
  return { signal: controller.signal, timeoutMs, clear: () => clearTimeout(timer) }
}
