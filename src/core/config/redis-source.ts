/** The datasource `redis`: one server, the primary that Sentinels name, or a Cluster. */
import { type Endpoint, invalid, type Reader } from "./reader.js"

export type RedisSource = RedisSettings & RedisServers & { readonly driver: "redis" }

/** Where Redis is. */
export type RedisServers =
  | Endpoint
  | { readonly sentinel: RedisSentinel }
  /** Some of the Cluster's nodes; they tell of the others. */
  | { readonly cluster: readonly Endpoint[] }

export interface RedisLogin {
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** True: with Node's own settings. */
  readonly tls?: boolean | RedisTls | undefined
}

export interface RedisTls {
  /** PEM file of the certificates that are trusted, instead of Node's. */
  readonly caFile?: string | undefined
  /** PEM files of the client's certificate and its key. */
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  /** The name that the server's certificate is for, if it is not the host. */
  readonly serverName?: string | undefined
}

export interface RedisSentinel extends RedisLogin {
  readonly masterName: string
  readonly nodes: readonly Endpoint[]
}

export interface RedisSettings extends RedisLogin {
  readonly db?: number | undefined
  /** Stands before each id in the document's key. */
  readonly keyPrefix?: string | undefined
  /** A context expires so many seconds after its last commit; never when undefined. */
  readonly ttl?: number | undefined
  /** Bounds reaching one server, login included, in milliseconds. */
  readonly connectTimeoutMs?: number | undefined
  /** Bounds each command with all its repetitions, in milliseconds. */
  readonly timeoutMs?: number | undefined
  /** So many replicas must have confirmed a commit before it counts as done. */
  readonly waitForReplicas?: number | undefined
}

export const REDIS_KEYS = [
  ...["url", "host", "port", "db", "username", "password", "tls", "sentinel", "cluster", "keyPrefix", "ttl"],
  ...["connectTimeoutMs", "timeoutMs", "waitForReplicas", "maxDocumentBytes", "isPrimary"],
] as const

const TLS_KEYS = ["caFile", "certFile", "keyFile", "serverName"] as const
const SENTINEL_KEYS = ["masterName", "nodes", "username", "password", "tls"] as const
const PORT = 6379
const SENTINEL_PORT = 26379
const MAX_MS = 600_000
const TEN_YEARS = 315_360_000

/** @throws StateError CONFIG_INVALID naming the key */
export function redisSource(read: Reader, warnings: string[]): RedisSource {
  const url = read.has("url") ? parseUrl(read) : undefined
  const login = loginOf(read, warnings, url)
  const db = url?.db ?? read.integer("db", 0, { min: 0, max: 1_000_000 })
  const servers = serversOf(read, { url, tls: login.tls, warnings })
  if ("cluster" in servers && db !== 0) throw invalid(`"${read.name}.db" must be 0: a Redis Cluster has no other`)
  return {
    driver: "redis",
    ...servers,
    ...login,
    db,
    keyPrefix: read.optionalText("keyPrefix") ?? "",
    ttl: read.optionalInteger("ttl", { min: 1, max: TEN_YEARS }),
    connectTimeoutMs: read.optionalInteger("connectTimeoutMs", { min: 1, max: MAX_MS }),
    timeoutMs: read.optionalInteger("timeoutMs", { min: 1, max: MAX_MS }),
    waitForReplicas: read.integer("waitForReplicas", 0, { min: 0, max: 100 }),
  }
}

interface Context {
  readonly url: RedisUrl | undefined
  readonly tls: RedisLogin["tls"]
  readonly warnings: string[]
}

function serversOf(read: Reader, { url, tls, warnings }: Context): RedisServers {
  const seeds = read.has("cluster") && !read.is("cluster", true) && !read.is("cluster", false)
  refuseSecondPlace(read, seeds)
  if (read.has("sentinel")) return { sentinel: sentinelOf(read, tls, warnings) }
  if (seeds) return { cluster: read.section("cluster", ["nodes"], warnings).endpoints("nodes", PORT) }
  const server = url?.server ?? {
    host: read.host("host"),
    port: read.integer("port", PORT, { min: 1, max: 65535 }),
  }
  return read.is("cluster", true) ? { cluster: [server] } : server
}

/** Two answers to the question where Redis is would leave it open which one counts. */
function refuseSecondPlace(read: Reader, seeds: boolean): void {
  const places = ["url", "host", "sentinel"].filter((key) => read.has(key))
  if (seeds || (read.is("cluster", true) && read.has("sentinel"))) places.push("cluster")
  if (places.length > 1) {
    throw invalid(`"${read.name}" has both ${places.join(" and ")}`, "Keep the one that tells where Redis is.")
  }
  for (const key of ["port", "db"]) {
    const isSaid = key === "port" ? places[0] !== "host" && places.length > 0 : read.has("url")
    if (isSaid && read.has(key)) throw invalid(`"${read.name}.${key}" has no meaning beside ${places[0]}`)
  }
}

function sentinelOf(read: Reader, tls: RedisLogin["tls"], warnings: string[]): RedisSentinel {
  const section = read.section("sentinel", SENTINEL_KEYS, warnings)
  return {
    masterName: section.text("masterName"),
    nodes: section.endpoints("nodes", SENTINEL_PORT),
    ...loginOf(section, warnings),
    // Sentinels speak TLS where their servers do, unless told otherwise.
    tls: section.has("tls") ? tlsOf(section, warnings) : tls,
  }
}

function loginOf(read: Reader, warnings: string[], url?: RedisUrl): RedisLogin {
  for (const key of ["username", "password"] as const) {
    if (url?.[key] && read.has(key))
      throw invalid(`"${read.name}" has ${key} and a url with one`, "Keep one of the two.")
  }
  if (url?.isTls && read.is("tls", false)) throw invalid(`"${read.name}" has tls: false and a rediss:// url`)
  return {
    username: url?.username || read.optionalText("username"),
    password: url?.password || read.optionalText("password"),
    tls: tlsOf(read, warnings) || url?.isTls === true,
  }
}

function tlsOf(read: Reader, warnings: string[]): boolean | RedisTls {
  if (!read.has("tls") || read.is("tls", true) || read.is("tls", false)) return read.boolean("tls", false)
  const section = read.section("tls", TLS_KEYS, warnings)
  if (section.has("certFile") !== section.has("keyFile")) {
    throw invalid(`"${section.name}" needs certFile and keyFile together`)
  }
  return Object.fromEntries(TLS_KEYS.map((key) => [key, section.optionalText(key)]))
}

interface RedisUrl {
  readonly server: Endpoint
  readonly db: number
  readonly username: string
  readonly password: string
  readonly isTls: boolean
}

/** `redis[s]://[USER[:PASSWORD]@]HOST[:PORT][/DB]`, as IANA has the scheme registered. */
function parseUrl(read: Reader): RedisUrl {
  const wanted = "a URL like rediss://USER:PASSWORD@HOST:6379/0, with %-codes for special characters in the password"
  try {
    const { protocol, username, password, hostname, port, pathname, search, hash } = new URL(read.text("url"))
    const db = /^\/?(\d{0,7})$/.exec(pathname)?.[1]
    if (/^rediss?:$/.test(protocol) && hostname && db !== undefined && port !== "0" && !search && !hash) {
      return {
        server: { host: decodeURIComponent(hostname.replace(/^\[|\]$/g, "")), port: Number(port || PORT) },
        db: Number(db),
        username: decodeURIComponent(username),
        password: decodeURIComponent(password),
        isTls: protocol === "rediss:",
      }
    }
  } catch {
    // What it throws holds the URL, and so the password.
  }
  return read.fail("url", wanted)
}
