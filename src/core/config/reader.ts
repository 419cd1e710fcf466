/** Typed access to the maps of the config file; each error names the key. */
import { isMap, type Value, type ValueMap } from "../../data/value.js"
import { StateError } from "../../errors.js"
import { didYouMean } from "../did-you-mean.js"
import { typeName } from "../merge.js"

export interface Endpoint {
  readonly host: string
  readonly port: number
}

export type Reader = ReturnType<typeof reader>

/**
 * @param name the map's place in the file
 * @returns functions that read one key each and throw StateError CONFIG_INVALID, which never shows the value
 */
export function reader(map: ValueMap, name: string) {
  const fail = (key: string, wanted: string): never => {
    const value = map.get(key)
    throw invalid(value === undefined ? `"${name}.${key}" is missing: ${wanted}` : `"${name}.${key}" must be ${wanted}`)
  }
  /** A number or boolean where text is expected is taken as its text. */
  const optionalText = (key: string): string | undefined => {
    const value = map.get(key)
    if (value === undefined || value === null) return undefined
    return typeof value === "object" ? fail(key, "a text") : String(value)
  }
  const texts = (key: string): readonly string[] => {
    const value = map.get(key) ?? []
    return Array.isArray(value) && value.every((item) => item === null || typeof item !== "object")
      ? value.map(String)
      : fail(key, "a list of texts")
  }
  const optionalInteger = (key: string, { min, max }: Range): number | undefined => {
    const text = optionalText(key)
    if (text === undefined) return undefined
    const number = Number(text)
    return /^\d+$/.test(text) && number >= min && number <= max ? number : fail(key, `an integer from ${min} to ${max}`)
  }
  return {
    name,
    fail,
    optionalText,
    texts,
    has: (key: string) => (map.get(key) ?? null) !== null,
    is: (key: string, value: Value) => map.get(key) === value,
    text: (key: string): string => optionalText(key) || fail(key, "a text"),
    /** The map under the key, with warnings of keys that are not known. */
    section(key: string, known: readonly string[], warnings: string[]) {
      const section = mapAt(map, key, `${name}.${key}`)
      warnOfUnknown(section, `${name}.${key}`, known, warnings)
      return reader(section, `${name}.${key}`)
    },
    boolean(key: string, fallback: boolean): boolean {
      const value = map.get(key) ?? fallback
      return typeof value === "boolean" ? value : fail(key, "true or false")
    },
    /** A name or an address: a URL would be shown in messages, with the password in it. */
    host(key: string): string {
      const host = optionalText(key) || fail(key, "a host name")
      return HOST.test(host) ? host : fail(key, "a host name alone, without scheme, user or path")
    },
    endpoints(key: string, defaultPort: number): readonly Endpoint[] {
      const wanted = "a list of host:port, such as [redis-0.example.test:6379]"
      const endpoints = texts(key).map((text) => endpointOf(text, defaultPort) ?? fail(key, wanted))
      return endpoints.length > 0 ? endpoints : fail(key, wanted)
    },
    optionalInteger,
    integer: (key: string, fallback: number, range: Range) => optionalInteger(key, range) ?? fallback,
    /** Only as text: YAML 1.1 reads the number `0640` as 416, and `640` would be another mode. */
    mode(key: string): number {
      const value = map.get(key)
      if (value === undefined) return 0o600
      return typeof value === "string" && /^0?[0-7]{3}$/.test(value)
        ? Number.parseInt(value, 8)
        : fail(key, 'permission bits as the text "0640"')
    },
  }
}

interface Range {
  readonly min: number
  readonly max: number
}

const HOST = /^[^\s/@]+$/

// An IPv6 address with a port stands in brackets, as in a URL.
function endpointOf(text: string, defaultPort: number): Endpoint | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = digits === undefined ? defaultPort : Number(digits)
  return host !== undefined && HOST.test(host) && port >= 1 && port <= 65535 ? { host, port } : undefined
}

export function warnOfUnknown(map: ValueMap, name: string, known: readonly string[], warnings: string[]): void {
  for (const key of map.keys()) {
    if (!known.includes(key)) warnings.push(`"${name}.${key}" is not known and ignored${didYouMean(key, known)}`)
  }
}

/** The map under a key, empty when there is none. @throws StateError CONFIG_INVALID when it is something else */
export function mapAt(map: ValueMap, key: string, name: string): ValueMap {
  const value = map.get(key) ?? new Map()
  if (isMap(value)) return value
  throw invalid(`"${name}" must be a map, not ${typeName(value)}`)
}

export const invalid = (message: string, hint?: string) => new StateError("CONFIG_INVALID", message, { hint })
