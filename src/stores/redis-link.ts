/**
 * One connection to one Redis server, opened at once, every wait bounded. The one file that knows ioredis, whose own
 * queues and reconnects are off: they would hide a failure until long after the time-out. Its clients for Sentinel and
 * Cluster are not used: they drop the cause of a failure, and keep the process alive for seconds after one. Logging in
 * is done here too, as ioredis warns on the console where it goes on after a refused password.
 */
import type { Redis } from "ioredis"
import type { Endpoint } from "../core/config/reader.js"
import type { RedisLogin } from "../core/config/redis-source.js"
import { isReply, NotPrimary, RedisTimeout } from "./redis-errors.js"
import { tlsOptions } from "./redis-tls.js"

export interface LinkOptions extends RedisLogin {
  readonly db?: number | undefined
  /** Bounds connecting and logging in, in milliseconds. */
  readonly connectTimeoutMs: number
  /** Refuse a server that says that it is a replica. */
  readonly isPrimary?: boolean
}

export type Command = (redis: Redis) => Promise<unknown>

export interface Link {
  /** Settles when it is logged in. */
  readonly ready: Promise<unknown>
  /** Runs a command once ready; a failure of the connection is thrown as what broke it. */
  send(command: Command): Promise<unknown>
  /** Lets go of it at once. */
  close(): void
}

export function openLink(endpoint: Endpoint, options: LinkOptions): Link {
  const { connectTimeoutMs } = options
  let redis: Redis | undefined
  let fault: Error | undefined
  let isClosed = false

  async function open(): Promise<Redis> {
    const client = await create(endpoint, options)
    redis = client
    // The first one tells what happened, those behind it that the connection is gone. ioredis prints what none hears.
    client.on("error", (error: Error) => {
      fault ??= error
    })
    if (isClosed) throw new Error("closed")
    await logIn(client, options)
    return client
  }
  const withCause = <T>(work: Promise<T>) =>
    work.catch((error) => {
      throw isReply(error) ? error : (fault ?? error)
    })
  const close = () => {
    isClosed = true
    if (redis) end(redis)
  }

  const ready = within(connectTimeoutMs, withCause(open()))
  ready.catch(close)
  return { ready, send: async (command) => withCause(command(await ready)), close }
}

async function create({ host, port }: Endpoint, { tls, connectTimeoutMs }: LinkOptions): Promise<Redis> {
  const [{ Redis: Client }, secure] = await Promise.all([import("ioredis"), tlsOptions(tls)])
  return new Client({
    host,
    port,
    ...(secure && { tls: secure }),
    connectTimeout: connectTimeoutMs,
    lazyConnect: true,
    // Its timer would keep the process alive after the socket is gone.
    disconnectTimeout: 0,
    retryStrategy: null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
    protocol: 2,
  })
}

async function logIn(redis: Redis, { username, password, db, isPrimary }: LinkOptions): Promise<void> {
  await redis.connect()
  if (password) await (username ? redis.auth(username, password) : redis.auth(password))
  if (db) await redis.select(db)
  if (isPrimary && (await redis.role())[0] !== "master") throw new NotPrimary("it is a replica")
}

// A server that is silent would never close its side, and the open socket keep the process alive.
function end(redis: Redis): void {
  redis.disconnect()
  redis.stream?.destroy()
}

/** @throws RedisTimeout after `ms` milliseconds, in words that name the `limit` */
export function within<T>(ms: number, work: Promise<T>, limit = ms): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(new RedisTimeout(`no answer within ${limit} ms`))
    // A process that was busy finds the timer due before it has read a reply that came in time: read first.
    const timer = setTimeout(() => setImmediate(expire), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
