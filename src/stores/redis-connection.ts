/**
 * One connection to Redis: opened on first use, opened again after a loss, every wait bounded, every failure a
 * StateError. The one file that knows ioredis, whose own queues and reconnects are off: they would hide a failure
 * until long after the time-out. Logging in is done here too, as ioredis warns on the console where it goes on after
 * a refused password.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { ConnectionOptions as TlsOptions } from "node:tls"
import type { Redis } from "ioredis"
import { StateError } from "../errors.js"
import { describeFailure, ForeignAnswer, isConnectionLoss, isLoading, isReply, RedisTimeout } from "./redis-errors.js"
import type { Script } from "./redis-scripts.js"

export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly db?: number | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** True, or settings of the TLS connection such as `ca`. */
  readonly tls?: boolean | TlsOptions | undefined
  /** Bounds connecting and each reply, in milliseconds. */
  readonly timeoutMs?: number | undefined
}

/** What is being done, for messages: `Reading "build-1"`. */
export interface Task {
  readonly doing: string
  /** Whether something may have been stored when no reply came. */
  readonly writes?: boolean
  /** Doing it again after a lost reply would give another result. */
  readonly once?: boolean
}

export type Argument = string | number | Buffer

export interface ScriptInput {
  readonly keys: readonly string[]
  readonly args: readonly Argument[]
}

/** Reads a reply. @throws ForeignAnswer when it is not of the right shape: then it was not Redis that answered */
export type Parse<T> = (reply: unknown) => T

export interface RedisConnection {
  /** `redis://host:port/db`, without credentials. */
  readonly name: string
  /** Sends a command. @throws StateError STORE_FAILED */
  call<T>(task: Task, command: string, args: readonly Argument[], parse: Parse<T>): Promise<T>
  /** Runs a script; texts come back as Buffers. @throws StateError STORE_FAILED */
  evaluate<T>(task: Task, script: Script, input: ScriptInput, parse: Parse<T>): Promise<T>
  /** Lets go of the connection at once; nothing can be sent any more. */
  close(): void
}

export const DEFAULT_TIMEOUT_MS = 5000
const RECONNECT_PAUSE_MS = 100

export function redisConnection(address: RedisAddress): RedisConnection {
  const name = nameOf(address)
  const timeoutMs = address.timeoutMs ?? DEFAULT_TIMEOUT_MS
  let current: Promise<Link> | undefined
  let closed = false

  function open(Client: typeof Redis): Promise<Link> {
    if (current) return current
    const opening = connect(Client, address, timeoutMs)
    opening.catch(() => drop(opening))
    current = opening
    return opening
  }

  function drop(link: Promise<Link> | undefined): void {
    if (current === link) current = undefined
    link?.then(({ redis }) => end(redis)).catch(() => {})
  }

  // A loss in the midst is made good until the time-out: a server that restarts, a proxy that cuts. A server that
  // cannot be reached at first is an error at once.
  async function run(task: Task, command: (redis: Redis) => Promise<unknown>): Promise<unknown> {
    const { Redis } = await import("ioredis")
    const deadline = performance.now() + timeoutMs
    const remaining = () => Math.max(0, deadline - performance.now())
    let sent = false
    let passing: unknown
    for (;;) {
      if (closed) throw failure(task, name, { problem: "the store is closed", hint: "Open it again." })
      const used = open(Redis)
      try {
        const link = await within(remaining(), timeoutMs, used)
        sent = true
        return await within(remaining(), timeoutMs, link.send(command))
      } catch (error) {
        if (!isReply(error)) drop(used)
        const isPassing = isLoading(error) || (sent && !task.once && isConnectionLoss(error))
        if (!isPassing || remaining() <= RECONNECT_PAUSE_MS) {
          const isOpen = task.writes && sent && !isReply(error)
          // The time ran out over what came before.
          const cause = error instanceof RedisTimeout ? (passing ?? error) : error
          throw failure(task, name, { ...describeFailure(cause), ...(isOpen && { hint: OUTCOME_UNKNOWN }) })
        }
        passing = error
        await sleep(RECONNECT_PAUSE_MS)
      }
    }
  }

  function readReply<T>(task: Task, parse: Parse<T>, reply: unknown): T {
    try {
      return parse(reply)
    } catch (error) {
      throw error instanceof ForeignAnswer ? failure(task, name, describeFailure(error)) : error
    }
  }

  return {
    name,
    call: async (task, command, args, parse) =>
      readReply(task, parse, await run(task, (redis) => redis.call(command, ...args))),
    evaluate: async (task, script, { keys, args }, parse) =>
      readReply(task, parse, await run(task, (redis) => evaluate(redis, script, [keys.length, ...keys, ...args]))),
    close() {
      closed = true
      drop(current)
    },
  }
}

interface Link {
  readonly redis: Redis
  /** Runs a command; a failure of the connection is thrown as what broke it. */
  send<T>(command: (redis: Redis) => Promise<T>): Promise<T>
}

const OUTCOME_UNKNOWN =
  "It is not known whether this was stored: check before you repeat it, and that the server is alive."

async function connect(Client: typeof Redis, address: RedisAddress, timeoutMs: number): Promise<Link> {
  const redis = new Client({
    host: address.host,
    port: address.port,
    ...(address.tls && { tls: address.tls === true ? {} : address.tls }),
    connectTimeout: timeoutMs,
    lazyConnect: true,
    // Its timer would keep the process alive after the socket is gone.
    disconnectTimeout: 0,
    retryStrategy: null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
  })
  // The first one tells what happened, those behind it that the connection is gone. ioredis prints what none hears.
  let fault: Error | undefined
  redis.on("error", (error: Error) => {
    fault ??= error
  })
  const send: Link["send"] = (command) =>
    command(redis).catch((error) => {
      throw isReply(error) ? error : (fault ?? error)
    })
  try {
    await within(
      timeoutMs,
      timeoutMs,
      send(() => logIn(redis, address)),
    )
    return { redis, send }
  } catch (error) {
    end(redis)
    throw error
  }
}

async function logIn(redis: Redis, { username, password, db }: RedisAddress): Promise<void> {
  await redis.connect()
  if (password) await (username ? redis.auth(username, password) : redis.auth(password))
  if (db) await redis.select(db)
}

// A server that is silent would never close its side, and the open socket keep the process alive.
function end(redis: Redis): void {
  redis.disconnect()
  redis.stream?.destroy()
}

async function evaluate(redis: Redis, script: Script, rest: readonly Argument[]): Promise<unknown> {
  try {
    return await redis.callBuffer("EVALSHA", script.sha1, ...rest)
  } catch (error) {
    if (!isReply(error) || !(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error
    return redis.callBuffer("EVAL", script.source, ...rest)
  }
}

function within<T>(ms: number, timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(new RedisTimeout(`no answer within ${timeoutMs} ms`))
    // A process that was busy finds the timer due before it has read a reply that came in time: read first.
    const timer = setTimeout(() => setImmediate(expire), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function nameOf({ host, port, db = 0, tls }: RedisAddress): string {
  return `${tls ? "rediss" : "redis"}://${host.includes(":") ? `[${host}]` : host}:${port}/${db}`
}

const failure = (task: Task, name: string, { problem, hint }: { problem: string; hint: string }) =>
  new StateError("STORE_FAILED", `${task.doing} failed on ${name}: ${problem}`, { hint })
