/** Redis as one thing to talk to, be it one server, a primary that Sentinels name or a Cluster. */
import type { Redis } from "ioredis"
import type { Endpoint } from "../core/config/reader.js"
import type { RedisServers, RedisSettings } from "../core/config/redis-source.js"
import { sha1 } from "./hashes.js"
import { type Errand, errandRunner, failure, type Task } from "./redis-errands.js"
import { describeFailure, ForeignAnswer, isReply, Unreplicated } from "./redis-errors.js"
import { redisLinks } from "./redis-links.js"
import { openRoute } from "./redis-route.js"

export type RedisAddress = RedisServers & Omit<RedisSettings, "keyPrefix" | "ttl">

export type { Task }

export type Argument = string | number | Buffer

export interface ScriptInput {
  readonly keys: readonly string[]
  readonly args: readonly Argument[]
}

/** Reads a reply. @throws ForeignAnswer when it is not of the right shape: then it was not Redis that answered */
export type Parse<T> = (reply: unknown) => T

export interface RedisConnection {
  /** Where Redis is, such as `redis://host:port/db`, without credentials. */
  readonly name: string
  /** Bounds each command, in milliseconds. */
  readonly timeoutMs: number
  /** The servers that together hold all keys. @throws StateError STORE_FAILED */
  servers(task: Task): Promise<readonly Endpoint[]>
  /** Sends a command to one of them. @throws StateError STORE_FAILED */
  call<T>(task: Task, server: Endpoint, command: readonly [string, ...Argument[]], parse: Parse<T>): Promise<T>
  /** Runs a script where its keys are; texts come back as Buffers. @throws StateError STORE_FAILED */
  evaluate<T>(task: Task, script: string, input: ScriptInput, parse: Parse<T>): Promise<T>
  /** Lets go of the connections at once; nothing can be sent any more. */
  close(): void
}

const TIMEOUT_MS = 5000
/** Long enough for Sentinels or a Cluster to agree on another primary. */
const FAILOVER_TIMEOUT_MS = 30_000

export function redisConnection(address: RedisAddress): RedisConnection {
  const { username, password, tls, db, waitForReplicas = 0 } = address
  const hasOthers = !("host" in address)
  const timeoutMs = address.timeoutMs ?? (hasOthers ? FAILOVER_TIMEOUT_MS : TIMEOUT_MS)
  const connectTimeoutMs = Math.min(timeoutMs, address.connectTimeoutMs ?? (hasOthers ? TIMEOUT_MS : timeoutMs))
  const links = redisLinks({ username, password, tls, db, connectTimeoutMs, isPrimary: "sentinel" in address })
  const { name, ...route } = openRoute(address, links, connectTimeoutMs)
  const runErrand = errandRunner({ name, links, route, hasOthers, timeoutMs, connectTimeoutMs })
  let closed = false

  async function run<T>(errand: Errand, parse: Parse<T>): Promise<T> {
    const { task } = errand
    const find: Errand["find"] = (before) => {
      if (closed) throw failure(task, name, { problem: "the store is closed", hint: "Open it again." })
      return errand.find(before)
    }
    const reply = await runErrand({ ...errand, find })
    try {
      return parse(reply)
    } catch (error) {
      throw error instanceof ForeignAnswer ? failure(task, name, describeFailure(error)) : error
    }
  }

  return {
    name,
    timeoutMs,
    async servers(task) {
      let found: readonly Endpoint[] = []
      const find = async () => {
        found = await route.servers()
        return { endpoint: found[0]! }
      }
      // The first of them is reached, nothing more: names of servers that are gone are no use.
      return run({ task, key: "", find, command: async () => {} }, () => found)
    },
    async call(task, endpoint, [command, ...args], parse) {
      const find = async () => ({ endpoint })
      return run({ task, key: "", find, command: (redis) => redis.call(command, ...args) }, parse)
    },
    async evaluate(task, script, { keys, args }, parse) {
      const key = keys[0] ?? ""
      const input = [keys.length, ...keys, ...args]
      const find = (before: unknown) => route.find(key, before)
      const command: Errand["command"] = async (redis, { isAsking, ms }) => {
        const reply = await evaluate(redis, { script, input, isAsking })
        if (task.writes && waitForReplicas > 0) await confirm(redis, waitForReplicas, ms)
        return reply
      }
      return run({ task, key, find, command, script }, parse)
    },
    close() {
      closed = true
      links.close()
      route.close()
    },
  }
}

interface Evaluation {
  readonly script: string
  readonly input: readonly Argument[]
  readonly isAsking: boolean
}

async function evaluate(redis: Redis, { script, input, isAsking }: Evaluation): Promise<unknown> {
  const send = (command: string, what: string) => {
    // It holds for the connection's next command alone: nothing may come between, so its reply is not waited for.
    if (isAsking) redis.call("ASKING").catch(() => {})
    return redis.callBuffer(command, what, ...input)
  }
  try {
    return await send("EVALSHA", sha1(script))
  } catch (error) {
    if (!isReply(error) || !(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error
    return send("EVAL", script)
  }
}

/** Waits until so many replicas have what this connection wrote. @throws Unreplicated */
async function confirm(redis: Redis, replicas: number, ms: number): Promise<void> {
  // Half of the time that its reply is waited for: what it says is worth more than silence.
  const count = await redis.call("WAIT", replicas, Math.ceil(ms / 2)).catch((error: unknown) => {
    if (!isReply(error)) throw error
    throw new Unreplicated(`it was stored, but ${describeFailure(error).problem}`, { cause: error })
  })
  if (Number(count) >= replicas) return
  throw new Unreplicated(`it was stored, but only ${Number(count)} of ${replicas} replicas confirmed it in time`)
}
