/** Files that users name: configs, app files, values. Every error says which file, and where in it. */
import { readFileSync, type Stats, statSync } from "node:fs"
import { resolve } from "node:path"
import { DataError, DataLimitError } from "../data/data-error.js"
import { MAX_UNTRUSTED_PARTS as MAX_JSON_PARTS, parseJson } from "../data/json.js"
import { isMap, type Value, type ValueMap } from "../data/value.js"
import { MAX_UNTRUSTED_LENGTH, MAX_UNTRUSTED_PARTS, parseYaml } from "../data/yaml.js"
import { messageOf, StateError } from "../errors.js"

/**
 * Reads a JSON or YAML file. A text that begins with `{` is taken as JSON first.
 * @param options isSecret: errors tell nothing of the text
 * @throws StateError CONFIG_INVALID: missing, not readable, or neither JSON nor YAML; LIMIT_EXCEEDED
 */
export async function readDocument(file: string, what: string, { isSecret = false } = {}): Promise<Value> {
  const text = readText(file, what)
  try {
    return await parseText(text)
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    const place = cause.line === undefined ? "" : `, line ${cause.line}, column ${cause.column}`
    const isTooMuch = cause instanceof DataLimitError
    // A parser's words may quote the text.
    const problem = isSecret && !isTooMuch ? "it is not valid YAML" : cause.message
    const details = isSecret ? {} : { cause }
    const code = isTooMuch ? "LIMIT_EXCEEDED" : "CONFIG_INVALID"
    throw new StateError(code, `Cannot read the ${what} ${file}${place}: ${problem}`, details)
  }
}

/** As {@link readDocument}, for a file that must hold a map. */
export async function readMap(file: string, what: string): Promise<ValueMap> {
  const value = await readDocument(file, what)
  if (isMap(value)) return value
  throw new StateError("CONFIG_INVALID", `The ${what} ${file} does not hold a map`, {
    hint: "It must be KEY: VALUE lines.",
  })
}

/**
 * The value of a file whose form is not told: JSON, else YAML, else its text as it is.
 * @param text the file's content
 * @param warn is told when the text begins like JSON and is none, or is too much for YAML
 */
export async function parseValue(text: string, warn: (message: string) => void): Promise<Value> {
  try {
    return await parseText(text)
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    if (/^\s*[[{]/.test(text) || error instanceof DataLimitError)
      warn(`what looks like JSON or YAML is taken as text: ${error.message}`)
    return text
  }
}

async function parseText(text: string): Promise<Value> {
  if (/^\s*[[{"]/.test(text)) {
    try {
      return parseJson(text, { maxParts: MAX_JSON_PARTS })
    } catch (error) {
      if (!(error instanceof DataError) || error instanceof DataLimitError) throw error
      // YAML in flow style begins the same way; if that fails as well, its error is the one to show.
      if (/^\s*[[{]/.test(text) && text.length > MAX_UNTRUSTED_LENGTH) throw error
    }
  }
  return parseYaml(text, { maxParts: MAX_UNTRUSTED_PARTS })
}

/** What a document may have by default. */
const MAX_FILE_BYTES = 16 << 20

/** @throws StateError CONFIG_INVALID, LIMIT_EXCEEDED naming the file and what it was for */
export function readText(file: string, what: string): string {
  try {
    // A device may have no end. A pipe is fine: a shell's <(command) is one.
    const found = stat(file)
    if (found?.isCharacterDevice()) throw new Error("it is a device")
    if (found && found.size > MAX_FILE_BYTES) throw new DataLimitError(`it has more than ${MAX_FILE_BYTES >> 20} MiB`)
    return decode(readFileSync(file))
  } catch (cause) {
    throw unreadable(`${what} ${file}`, cause)
  }
}

/** What came by standard input, as text. @throws StateError CONFIG_INVALID */
export async function readStdin(stdin: () => Promise<Uint8Array>, what: string): Promise<string> {
  try {
    return decode(await stdin())
  } catch (cause) {
    throw unreadable(`${what} from standard input`, cause)
  }
}

function unreadable(what: string, cause: unknown): StateError {
  const isTooMuch = cause instanceof DataLimitError
  const hint = isTooMuch ? undefined : "Check the path and its permissions."
  const code = isTooMuch ? "LIMIT_EXCEEDED" : "CONFIG_INVALID"
  return new StateError(code, `Cannot read the ${what}: ${reason(cause)}`, { hint, cause })
}

/** UTF-8, strictly: replacing what is not would change a value without a word. */
const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes)

/**
 * The file that a path means: the file itself, or the first of the names that the folder holds.
 * @returns an absolute path, though nothing may be there
 */
export function fileOrInFolder(path: string, cwd: string, names: readonly string[]): string {
  const full = resolve(cwd, path)
  if (!isFolder(full)) return full
  const candidates = names.map((name) => resolve(full, name))
  return candidates.find(exists) ?? candidates[0]!
}

export const exists = (path: string) => stat(path) !== undefined
/** In bytes; 0 also for what is not there: who reads it says so. */
export const sizeOf = (path: string) => stat(path)?.size ?? 0
const isFolder = (path: string) => stat(path)?.isDirectory() ?? false

/** Undefined also when it cannot be looked at: whoever then reads it is told why not. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8 text",
}
const reason = (error: unknown) => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return REASONS[code] ?? messageOf(error)
}
