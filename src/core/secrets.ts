/** What must not be shown: which values are secret, and how a text is rid of them. */
import { unicodeEscape } from "../data/json.js"
import { isList, isMap, type Value, type ValueMap } from "../data/value.js"

export const MASK = "***"

/** Shorter values are left alone: masking every "a" would make a log unreadable and hide nothing. */
const MIN_LENGTH = 6
const SECRET_KEY =
  /passw(or)?d|passphrase|(^|[-_])pass$|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|credential|authorization/i
const PUBLIC_KEYS = new Set(["host", "port", "username"])

/** Whether a key's name says that its value is secret: `password`, `slackToken`, `api-key`. */
export const isSecretKey = (key: string) => SECRET_KEY.test(key)

/** All values of a secrets file, but for those that only say where and as whom to connect. */
export const secretsOf = (secrets: ValueMap): readonly string[] =>
  collect(secrets, (key) => !PUBLIC_KEYS.has(key), true)

/** The values under secret-like keys of any other map. */
export const secretLikeValues = (map: ValueMap): readonly string[] =>
  collect(map, (key, inherited) => inherited || isSecretKey(key), false)

function collect(value: Value, decide: (key: string, inherited: boolean) => boolean, secret: boolean): string[] {
  if (isList(value)) return value.flatMap((item) => collect(item, decide, secret))
  if (isMap(value)) return [...value].flatMap(([key, item]) => collect(item, decide, decide(key, secret)))
  const text = value === null || typeof value === "boolean" ? "" : String(value)
  return [...(secret ? [text] : []), ...passwordOf(text)].filter(({ length }) => length >= MIN_LENGTH)
}

/** The password inside a URL, as it is written and as it is meant. */
function passwordOf(text: string): readonly string[] {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]*?:([^/?#@\s]+)@/i.exec(text)?.[1]
  if (written === undefined) return []
  try {
    return [written, decodeURIComponent(written)]
  } catch {
    return [written]
  }
}

/**
 * A function that replaces the given values wherever they stand in a text, the longest first; also in the forms that
 * they take inside JSON, with the escapes of `tojson` and `json_dumps` as well, and inside a URL, and each line of those that have several.
 */
export function masker(values: Iterable<string>): (text: string) => string {
  const lines = (value: string) => value.split("\n").filter((line) => line.length >= MIN_LENGTH)
  const forms = [...values].flatMap((value) => {
    const json = JSON.stringify(value).slice(1, -1)
    const ascii = escaped(json, /[^ -~]/g)
    return [...lines(value), value, json, ascii, escaped(ascii, /[<>&']/g), encodeURIComponent(value.toWellFormed())]
  })
  const sorted = [...new Set(forms)].sort((a, b) => b.length - a.length)
  return (text) => sorted.reduce((masked, value) => masked.replaceAll(value, MASK), text)
}

const escaped = (json: string, characters: RegExp) => json.replace(characters, unicodeEscape)
