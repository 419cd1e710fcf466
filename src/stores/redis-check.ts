/** What a Redis is like as a home of state: reachable, the rights there, and what could make it forget. */
import type { Finding } from "../core/ports.js"
import { StateError } from "../errors.js"
import { uniqueName } from "./beside-names.js"
import type { RedisConnection } from "./redis-connection.js"
import type { RedisDocuments } from "./redis-documents.js"

export async function checkRedis(connection: RedisConnection, documents: RedisDocuments): Promise<readonly Finding[]> {
  try {
    const servers = await connection.servers({ doing: "Looking for the servers" })
    await probe(documents)
    // While a server has the scripts, nothing above needs that right; after its next start everything does.
    await connection.call({ doing: "Running a script" }, servers[0]!, ["EVAL", "return 1", 0], () => {})
    // The first page of what list asks for, whatever it holds.
    await connection.call({ doing: "Listing the contexts" }, servers[0]!, ["SCAN", 0, "COUNT", 1], () => {})
    const reached = ok(`${connection.name} can be reached; contexts can be written and read`)
    return [reached, ...(await Promise.all(servers.map((server) => checkServer(connection, server)))).flat()]
  } catch (error) {
    const { message, hint, code } = stateError(error)
    return [{ level: "error", about: ABOUT, text: message, hint, code }]
  }
}

const ABOUT = "redis"
const ok = (text: string): Finding => ({ level: "ok", about: ABOUT, text })

/** What commands do, with a context of its own that is gone afterwards: only that shows the rights. */
async function probe(documents: RedisDocuments): Promise<void> {
  const id = `cicdstatemgr-doctor-${uniqueName()}`
  const entry = { revision: 1, commitId: id, time: new Date().toISOString(), actor: "doctor", assignments: [] }
  // What is not there can be deleted too: who may not delete is told before there is something.
  await documents.compareAndDelete(id, undefined)
  try {
    await documents.takeTurn(id, id, PROBE_MS)
    await documents.compareAndSet(id, undefined, { text: Buffer.from("{}"), revision: 1, lineage: id, entry })
    await documents.history(id)
  } finally {
    await documents.compareAndDelete(id, await documents.look(id))
  }
}

const PROBE_MS = 1000

type Server = Parameters<RedisConnection["call"]>[1]

async function checkServer(connection: RedisConnection, server: Server): Promise<readonly Finding[]> {
  const place = `${server.host}:${server.port}`
  const warning = ([text, hint]: Warning): Finding => ({
    level: "warning",
    about: ABOUT,
    text: `${place} ${text}`,
    hint,
  })
  try {
    const info = await connection.call({ doing: "Asking for its version and settings" }, server, ["INFO"], readInfo)
    const version = ok(`${place} is ${info.get("valkey_version") ? "Valkey" : "Redis"} ${versionOf(info)}`)
    return [version, ...warnings(info, await fsyncPolicy(connection, server)).map(warning)]
  } catch (error) {
    return [{ level: "warning", about: ABOUT, text: stateError(error).message, hint: stateError(error).hint }]
  }
}

function stateError(error: unknown): StateError {
  if (error instanceof StateError) return error
  throw error
}

const versionOf = (info: Info) => info.get("valkey_version") ?? info.get("redis_version") ?? "of an unknown version"

/** The setting appendfsync, which INFO does not have; undefined where the user, or the provider, does not let it be seen. */
async function fsyncPolicy(connection: RedisConnection, server: Server): Promise<string | undefined> {
  const read = (reply: unknown) => (Array.isArray(reply) ? String(reply[1]) : undefined)
  try {
    return await connection.call({ doing: "Asking for a setting" }, server, ["CONFIG", "GET", "appendfsync"], read)
  } catch (error) {
    stateError(error)
    return undefined
  }
}

type Info = ReadonlyMap<string, string>

/** The lines `name:value` of INFO (redis.io/docs, "INFO"). */
const readInfo = (reply: unknown): Info =>
  new Map(
    String(reply)
      .split("\r\n")
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  )

type Warning = readonly [text: string, hint: string]

function warnings(info: Info, fsync: string | undefined): readonly Warning[] {
  const policy = info.get("maxmemory_policy")
  const hasLog = info.get("aof_enabled") !== "0"
  const durable = "Set appendonly yes and appendfsync always."
  const list: ReadonlyArray<readonly [holds: boolean, ...Warning]> = [
    [
      // With volatile-* too: contexts may have a ttl.
      policy !== undefined && policy !== "noeviction",
      `may drop contexts when its memory is full (maxmemory-policy ${policy})`,
      "Set maxmemory-policy noeviction.",
    ],
    [!hasLog, "may lose commits when it crashes (appendonly no)", durable],
    [
      hasLog && fsync !== undefined && fsync !== "always",
      `may lose the last commits when its machine crashes (appendfsync ${fsync})`,
      durable,
    ],
    [info.get("rdb_last_bgsave_status") === "err", "could not save to its disk the last time", "See its log."],
    [
      Number.parseInt(info.get("redis_version") ?? "6", 10) < 6,
      "is too old",
      "Redis 6 or newer, or Valkey, is needed.",
    ],
  ]
  return list.flatMap(([holds, ...warning]) => (holds ? [warning] : []))
}
