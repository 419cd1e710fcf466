/** The operator's config and secrets files, validated once; MODEL of the file: README, "Config file". */
import { isMap, type Value, type ValueMap } from "../data/value.js"
import { invalid, mapAt, reader, warnOfUnknown } from "./config/reader.js"
import { REDIS_KEYS, type RedisSource, redisSource } from "./config/redis-source.js"
import { didYouMean } from "./did-you-mean.js"
import { mergeMaps, typeName } from "./merge.js"

export interface FileSource {
  readonly driver: FileDriver
  readonly path: string
  /** Permission bits of the written file. */
  readonly mode: number
  readonly excludeKeyNames: readonly string[]
}

/** A file that can be read back. */
export type FilePrimary = FileSource & { readonly driver: "yamlfile" | "jsonfile" }

export type FileDriver = "yamlfile" | "jsonfile" | "shellfile" | "idfile"

/** Bounds of each delivery; the config's key `http`. */
export interface HttpLimits {
  /** From the first try to the end of the last reply. */
  readonly deadlineMs: number
  /** Of one try, to the end of its reply. */
  readonly timeoutMs: number
  /** Of a reply's body. */
  readonly maxReplyBytes: number
}

export interface Config {
  /** What templates see as `configData`. */
  readonly data: ValueMap
  /** What the trigger's header templates see as `secretData`. */
  readonly secrets: ValueMap
  readonly primary: RedisSource | FilePrimary
  /** Larger documents are refused, before anything is stored. */
  readonly maxDocumentBytes: number
  readonly caches: readonly FileSource[]
  readonly http: HttpLimits
  /** What is odd but does no harm, one text each. */
  readonly warnings: readonly string[]
}

const ROOT = "cicdstatemgr"

export const DEFAULT_MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

/**
 * @param config the config file's document
 * @param secrets the secrets file's document, if there is one
 * @throws StateError CONFIG_INVALID naming the key
 */
export function parseConfig(config: Value, secrets?: Value): Config {
  const data = rootOf(config, "config file")
  const secretData = secretsRoot(secrets)
  const warnings: string[] = []
  const sources = datasources(data, secretData, warnings)
  const primaries = sources.filter((source) => source.isPrimary)
  warnings.push(...misspeltKeys(data))
  if (primaries.length !== 1)
    throw primaryError(
      primaries.map((source) => source.driver),
      warnings,
    )
  const primary = primaries[0]!
  if (!canBePrimary(primary)) {
    throw invalid(`datasources.${primary.driver} cannot be the primary: it cannot be read back`, PRIMARY_HINT)
  }
  const caches = sources.filter((source) => source !== primary)
  for (const { driver, path } of caches.filter((source) => source.driver !== "redis")) {
    if (path.includes("{id}")) warnings.push(`"datasources.${driver}.path": only the path of a primary takes {id}`)
  }
  for (const cache of caches.filter((source) => source.driver === "redis")) {
    warnings.push(`datasources.${cache.driver} is ignored: redis can only be the primary (isPrimary: true)`)
  }
  return {
    data,
    secrets: secretData,
    primary,
    maxDocumentBytes: primary.maxDocumentBytes,
    caches: caches.filter((source) => source.driver !== "redis"),
    http: httpLimits(data, warnings),
    warnings,
  }
}

/** The content of a secrets file; empty without one. @throws StateError CONFIG_INVALID */
export const secretsRoot = (secrets: Value | undefined): ValueMap =>
  secrets === undefined ? new Map() : rootOf(secrets, "secrets file")

function rootOf(document: Value, what: string): ValueMap {
  const root = isMap(document) ? document.get(ROOT) : undefined
  if (isMap(root)) return root
  throw invalid(`The ${what} has no map "${ROOT}"`, `Put everything under the key "${ROOT}:".`)
}

type Source = (RedisSource | FileSource) & { readonly isPrimary: boolean; readonly maxDocumentBytes: number }

function datasources(data: ValueMap, secrets: ValueMap, warnings: string[]): readonly Source[] {
  const configured = mapAt(data, "datasources", "datasources")
  const secret = mapAt(secrets, "datasources", "datasources of the secrets file")
  const known = new Map([...secret].filter(([name]) => configured.has(name)))
  for (const name of secret.keys()) {
    if (!configured.has(name))
      warnings.push(`datasources.${name} of the secrets file is ignored: the config file has no such datasource`)
  }
  return [...mergeMaps(configured, known, ["datasources"])].flatMap(([name, options]) => {
    if (!Object.hasOwn(SOURCE_KEYS, name)) {
      warnings.push(
        `datasources.${name} is ignored: there is no such datasource${didYouMean(name, Object.keys(SOURCE_KEYS))}`,
      )
      return []
    }
    return source(name as Driver, options, warnings)
  })
}

const canBePrimary = (source: Source): source is Source & (RedisSource | FilePrimary) =>
  source.driver === "redis" || source.driver === "yamlfile" || source.driver === "jsonfile"

type Driver = "redis" | FileDriver

const FILE_KEYS = ["path", "isPrimary", "mode"] as const
const FILE_PRIMARY_KEYS = [...FILE_KEYS, "maxDocumentBytes"] as const
const SOURCE_KEYS: Readonly<Record<Driver, readonly string[]>> = {
  redis: REDIS_KEYS,
  yamlfile: FILE_PRIMARY_KEYS,
  jsonfile: FILE_PRIMARY_KEYS,
  shellfile: [...FILE_KEYS, "excludeKeyNames"],
  idfile: FILE_KEYS,
}

function source(driver: Driver, value: Value, warnings: string[]): Source {
  const name = `datasources.${driver}`
  if (!isMap(value)) throw invalid(`"${name}" must be a map, not ${typeName(value)}`)
  warnOfUnknown(value, name, SOURCE_KEYS[driver], warnings)
  const read = reader(value, name)
  const isPrimary = read.boolean("isPrimary", false)
  const maxDocumentBytes = read.integer("maxDocumentBytes", DEFAULT_MAX_DOCUMENT_BYTES, { min: 1, max: 536_870_912 })
  if (driver === "redis") return { ...redisSource(read, warnings), isPrimary, maxDocumentBytes }
  return {
    driver,
    isPrimary,
    maxDocumentBytes,
    path: read.text("path"),
    mode: read.mode("mode"),
    excludeKeyNames: read.texts("excludeKeyNames"),
  }
}

/** @param data the config under its root key */
export function httpLimits(data: ValueMap, warnings: string[] = []): HttpLimits {
  const http = mapAt(data, "http", "http")
  warnOfUnknown(http, "http", HTTP_KEYS, warnings)
  const { integer } = reader(http, "http")
  return {
    deadlineMs: integer("deadlineMs", 30_000, { min: 1, max: 3_600_000 }),
    timeoutMs: integer("timeoutMs", 10_000, { min: 1, max: 3_600_000 }),
    maxReplyBytes: integer("maxReplyBytes", 1_048_576, { min: 0, max: 104_857_600 }),
  }
}

const HTTP_KEYS = ["deadlineMs", "timeoutMs", "maxReplyBytes"] as const satisfies readonly (keyof HttpLimits)[]

const PRIMARY_HINT = "Exactly one of redis, yamlfile and jsonfile needs isPrimary: true."

const primaryError = (names: readonly string[], warnings: readonly string[]) =>
  names.length === 0
    ? invalid("No datasource of the config file is the primary", [...warnings, PRIMARY_HINT].join(". "))
    : invalid(`The config file has more than one primary: ${names.join(", ")}`, PRIMARY_HINT)

const KNOWN_KEYS = ["datasources", "slack", "trigger", "notify", "manual-choice", "templates", "http"]

/** Any key is allowed, for templates to see; but one that is nearly a known one, where that is missing, is a slip. */
const misspeltKeys = (data: ValueMap): readonly string[] =>
  [...data.keys()].flatMap((key) => {
    const meant = KNOWN_KEYS.includes(key)
      ? ""
      : didYouMean(
          key,
          KNOWN_KEYS.filter((known) => !data.has(known)),
        )
    return meant ? [`"${key}" means nothing to this tool${meant}`] : []
  })
