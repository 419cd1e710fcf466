/** What must not be shown: which values are secret, and how a text is rid of them. */
import { unicodeEscape } from "../data/json.js"
import { isList, isMap, type Value, type ValueList, type ValueMap } from "../data/value.js"
import type { Path } from "./path.js"

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

/** The values under secret-like keys of any other data. */
export const secretLikeValues = (data: ValueMap | ValueList): readonly string[] =>
  collect(data, (key, inherited) => inherited || isSecretKey(key), false)

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

/** Whether a place of a document, or one above it, has a secret-like key. */
export const isSecretPath = (path: Path) => path.some((segment) => typeof segment === "string" && isSecretKey(segment))

/** A value with what stands under secret-like keys in it masked. */
export function withoutSecrets(value: Value): Value {
  if (isList(value)) return value.map(withoutSecrets)
  if (!isMap(value)) return value
  return new Map([...value].map(([key, item]) => [key, isSecretKey(key) ? MASK : withoutSecrets(item)]))
}

/** A url without the values of parameters whose names are secret-like. */
export const maskQuery = (url: string) =>
  url.replace(/([?&;#])([^=?&;#]+)=([^&;#]+)/g, (whole, mark: string, name: string) =>
    isSecretKey(name) ? `${mark}${name}=${MASK}` : whole,
  )

/** The text of a body, without what stands under secret-like keys of the data in it. */
export const maskBody = (text: string, data: Value | undefined) =>
  isMap(data) || isList(data) ? masker(secretLikeValues(data))(text) : text

/**
 * A function that replaces the given values wherever they stand in a text, the longest first: as they are, each line of
 * those that have several, and as JSON, URLs and HTML hold them, also one within the other, such as JSON in a text of
 * JSON. The passwords of URLs are replaced too, whatever they are.
 */
export function masker(values: Iterable<string>): (text: string) => string {
  const lines = (value: string) => value.split("\n").filter((line) => line.length >= MIN_LENGTH)
  const forms = new Set([...values].flatMap((value) => [...lines(value), ...encodedForms(value)]))
  const sorted = [...forms].sort((a, b) => b.length - a.length)
  return (text) => withoutPasswords(sorted.reduce((masked, value) => masked.replaceAll(value, MASK), text))
}

/** What stands between the `:` of a user and the `@` before a host; in JSON it ends with its text. */
const withoutPasswords = (text: string) => text.replace(/(:\/\/[^/?#@:\s"'<>\\]*:)[^/?#\s"'<>\\]+@/g, `$1${MASK}@`)

/** The value, and what one or two encodings make of it. */
function encodedForms(value: string): Iterable<string> {
  // These stay what they are.
  if (/^[\w.~-]*$/.test(value)) return [value]
  const once = new Set(ENCODINGS.map((encode) => encode(value)))
  return new Set([...once].flatMap((form) => ENCODINGS.map((encode) => encode(form))))
}

const escaped = (json: string, characters: RegExp) => json.replace(characters, unicodeEscape)

const json = (text: string) => JSON.stringify(text).slice(1, -1)
/** Python's json.dumps and `json_dumps`. */
const asciiJson = (text: string) => escaped(json(text), /[^ -~]/g)
/** `tojson`. */
const htmlSafeJson = (text: string) => escaped(asciiJson(text), /[<>&']/g)

const uriComponent = (text: string) => encodeURIComponent(text.toWellFormed())
/** Python's quote without safe characters. */
const quoteAll = (text: string) =>
  uriComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
/** `urlencode` of a text, whose slashes stay. */
const quote = (text: string) => quoteAll(text).replaceAll("%2F", "/")
/** `urlencode` of a map, and Python's quote_plus. */
const quotePlus = (text: string) => quoteAll(text).replaceAll("%20", "+")

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&#39;",
  '"': "&#34;",
}
/** `escape`. */
const html = (text: string) => text.replace(/[&<>'"]/g, (c) => ENTITIES[c]!)

const ENCODINGS: ReadonlyArray<(text: string) => string> = [
  (text) => text,
  ...[json, asciiJson, htmlSafeJson],
  ...[uriComponent, quoteAll, quote, quotePlus],
  html,
]
