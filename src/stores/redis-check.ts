/** What a Redis is like as a home of state: reachable, the rights there, and what could make it forget. */
import type { Finding } from "../core/ports.js"
import { StateError } from "../errors.js"
import type { RedisConnection } from "./redis-connection.js"

/**
 * @param probe does what commands do, with a context of its own that is gone afterwards: only that shows the rights
 */
export async function checkRedis(connection: RedisConnection, probe: () => Promise<void>): Promise<readonly Finding[]> {
  const { name } = connection
  const about = "redis"
  try {
    const servers = await connection.servers({ doing: "Looking for the servers" })
    await probe()
    const reached: Finding = { level: "ok", about, text: `${name} can be reached; contexts can be written and read` }
    return [reached, ...(await Promise.all(servers.map((server) => checkServer(connection, server)))).flat()]
  } catch (error) {
    if (!(error instanceof StateError)) throw error
    return [{ level: "error", about, text: error.message, hint: error.hint, code: error.code }]
  }
}

type Server = Parameters<RedisConnection["call"]>[1]

async function checkServer(connection: RedisConnection, server: Server): Promise<readonly Finding[]> {
  const about = "redis"
  const place = `${server.host}:${server.port}`
  try {
    const info = await connection.call({ doing: "Asking for its settings" }, server, ["INFO"], readInfo)
    return [
      { level: "ok", about, text: `${place} is ${info.get("valkey_version") ? "Valkey" : "Redis"} ${versionOf(info)}` },
      ...warnings(info).map(([text, hint]): Finding => ({ level: "warning", about, text: `${place} ${text}`, hint })),
    ]
  } catch (error) {
    if (!(error instanceof StateError)) throw error
    const text = `the settings of ${place} cannot be seen: ${error.message}`
    return [{ level: "warning", about, text, hint: "To see them here, allow the user INFO." }]
  }
}

const versionOf = (info: Info) => info.get("valkey_version") ?? info.get("redis_version") ?? "of an unknown version"

type Info = ReadonlyMap<string, string>

/** The lines `name:value` of INFO (redis.io/docs, "INFO"). */
const readInfo = (reply: unknown): Info =>
  new Map(
    String(reply)
      .split("\r\n")
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  )

const warnings = (info: Info): ReadonlyArray<readonly [text: string, hint: string]> => [
  ...(drops(info)
    ? [
        [
          `may drop contexts when its memory is full (maxmemory-policy ${info.get("maxmemory_policy")})`,
          "Set maxmemory-policy noeviction.",
        ] as const,
      ]
    : []),
  ...(info.get("aof_enabled") === "0"
    ? [["loses the last commits when it crashes (appendonly no)", "Set appendonly yes, appendfsync always."] as const]
    : []),
  ...(info.get("rdb_last_bgsave_status") === "err"
    ? [["could not save to its disk the last time", "See its log."] as const]
    : []),
  ...(Number.parseInt(info.get("redis_version") ?? "6", 10) < 6
    ? [["is too old", "Redis 6 or newer, or Valkey, is needed."] as const]
    : []),
]

/** Contexts without a ttl are safe from the policies `volatile-*`; but then the server could be full of them. */
const drops = (info: Info) => !["noeviction", undefined].includes(info.get("maxmemory_policy"))
