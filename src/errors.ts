/**
 * The one error class of the tool. Its code says what kind of failure it is; {@link exitCodes} says how the process
 * ends. Everything that reaches a user as an error goes through it; any other exception is a bug.
 */
export type ErrorCode =
  | "USAGE"
  | "DELIVERY_FAILED"
  | "CONTEXT_NOT_FOUND"
  | "PATH_NOT_FOUND"
  | "PIPELINE_NOT_FOUND"
  | "EVENT_NOT_FOUND"
  | "TEMPLATE"
  | "CONFIG_INVALID"
  | "INPUT_INVALID"
  | "STORE_FAILED"
  | "CACHE_FAILED"
  | "LIMIT_EXCEEDED"
  | "CONTEXT_EXISTS"
  | "REVISION_CONFLICT"
  | "TYPE_CONFLICT"

/** Exit status by error code; 0 is success, 1 an unexpected failure. The README documents the same table. */
export const exitCodes = {
  USAGE: 2,
  DELIVERY_FAILED: 3,
  CONTEXT_NOT_FOUND: 4,
  PATH_NOT_FOUND: 4,
  PIPELINE_NOT_FOUND: 4,
  EVENT_NOT_FOUND: 4,
  TEMPLATE: 5,
  CONFIG_INVALID: 6,
  INPUT_INVALID: 6,
  STORE_FAILED: 7,
  CACHE_FAILED: 7,
  LIMIT_EXCEEDED: 8,
  CONTEXT_EXISTS: 9,
  REVISION_CONFLICT: 9,
  TYPE_CONFLICT: 9,
} as const satisfies Record<ErrorCode, number>

export interface ErrorDetails {
  readonly hint?: string | undefined
  readonly excerpt?: string | undefined
  readonly cause?: unknown
  readonly errors?: readonly StateError[] | undefined
}

export class StateError extends Error {
  override name = "StateError"
  readonly code: ErrorCode
  /** What the user can do about it, one sentence. */
  readonly hint: string | undefined
  /** The line of the input that it is about, with a caret under the place. */
  readonly excerpt: string | undefined
  /** What failed beside it, or what it sums up; each is told before it. */
  readonly errors: readonly StateError[]

  /**
   * @param message what was tried, on what, and why it failed; one line, no secrets
   * @param details hint: what to do next; excerpt: the line of the input, with a caret; cause: the error below;
   *   errors: what else failed
   */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint
    this.excerpt = details.excerpt
    this.errors = details.errors ?? []
  }

  get exitCode(): number {
    return exitCodes[this.code]
  }
}

/** An error that ends a command after something else had failed in it. Anything but a StateError is a bug, and told alone. */
export function alsoFailed(error: unknown, failure: StateError | undefined): unknown {
  if (!failure || !(error instanceof StateError)) return error
  const before = failure.errors.length > 0 ? failure.errors : [failure]
  const { hint, excerpt, errors } = error
  return new StateError(error.code, error.message, { hint, excerpt, cause: error, errors: [...before, ...errors] })
}

/** The message of anything thrown, first line only: what other libraries throw may hold traces or bodies behind it. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? ""
