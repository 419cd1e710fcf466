/** Diagnostics on stderr: one line a message, secrets masked, as text in the Python tool's form or as JSON. */
import type { Logger } from "./core/ports.js"
import { StateError } from "./errors.js"

/** Python's names; `critical` shows nothing that is only logged. */
const LEVELS: Readonly<Record<string, number>> = {
  notset: 0,
  debug: 10,
  info: 20,
  warn: 30,
  warning: 30,
  error: 40,
  critical: 50,
  fatal: 50,
}
const LOG_FORMATS = ["text", "json"] as const

export interface LoggerOptions {
  readonly level: string
  readonly format: string
  readonly write: (line: string) => void
  readonly mask: (text: string) => string
  readonly now: () => Date
}

/** @throws StateError USAGE for an unknown level or format */
export function createLogger({ level, format, write, mask, now }: LoggerOptions): Logger {
  const threshold = LEVELS[level.toLowerCase()]
  if (threshold === undefined) throw unknown("log level", level, ["debug", "info", "warning", "error", "critical"])
  if (!(LOG_FORMATS as readonly string[]).includes(format)) throw unknown("log format", format, LOG_FORMATS)
  const toLine = format === "json" ? jsonLine : textLine
  const log = (name: string) => (message: string) => {
    if (LEVELS[name.toLowerCase()]! >= threshold) write(toLine(now(), name, oneLine(mask(message))))
  }
  return { error: log("ERROR"), warn: log("WARNING"), info: log("INFO"), debug: log("DEBUG") }
}

/**
 * A text that stays on its line and shows what it is: line breaks as `\n`, tabs as they are, all else that steers a
 * terminal or the direction of writing as U+FFFD. So what is logged can forge no second line.
 */
export const oneLine = (text: string) =>
  text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) =>
    char === "\n" ? "\\n" : char === "\r" ? "\\r" : "\uFFFD",
  )

/** Python's logging format `%(asctime)s - %(name)s - %(levelname)s - %(message)s`, the time in UTC. */
const textLine = (now: Date, name: string, message: string) =>
  `${now.toISOString().slice(0, 23).replace("T", " ").replace(".", ",")} - root - ${name} - ${message}\n`

const jsonLine = (now: Date, name: string, message: string) =>
  `${JSON.stringify({ time: now.toISOString(), level: name.toLowerCase(), message })}\n`

const unknown = (what: string, value: string, known: readonly string[]) =>
  new StateError("USAGE", `There is no ${what} "${value}"`, { hint: `Use one of: ${known.join(", ")}.` })
