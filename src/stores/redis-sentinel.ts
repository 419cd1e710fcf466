/** The primary that Sentinels name (Redis documentation, "Guidelines for Redis clients with support for Sentinel"). */
import type { Endpoint } from "../core/config/reader.js"
import type { RedisSentinel } from "../core/config/redis-source.js"
import { ForeignAnswer, mayPassElsewhere, NoServer } from "./redis-errors.js"
import { redisLinks } from "./redis-links.js"
import type { Route } from "./redis-route.js"

export function sentinelRoute(sentinel: RedisSentinel, connectTimeoutMs: number): Route {
  const { masterName, nodes, username, password, tls } = sentinel
  const links = redisLinks({ username, password, tls, connectTimeoutMs })
  let primary: Promise<Endpoint> | undefined
  let turn = 0

  async function ask(): Promise<Endpoint> {
    // From another one each time: one that is cut off from the rest goes on naming the old primary.
    const from = turn++ % nodes.length
    const order = [...nodes.slice(from), ...nodes.slice(0, from)]
    try {
      const command = ["GET-MASTER-ADDR-BY-NAME", masterName] as const
      return await links.ask(order, (redis) => redis.call("SENTINEL", ...command), parseAddress)
    } finally {
      links.close()
    }
  }

  function parseAddress(reply: unknown, sentinelNode: Endpoint): Endpoint {
    if (reply === null) throw new NoServer(`it knows no primary "${masterName}"`, MASTER_NAME)
    const [host, port] = Array.isArray(reply) ? reply : []
    if (typeof host !== "string" || !(Number(port) > 0)) throw new ForeignAnswer()
    return { host: host || sentinelNode.host, port: Number(port) }
  }

  function find(): Promise<Endpoint> {
    const asked = primary ?? ask()
    primary = asked
    asked.catch(() => {
      if (primary === asked) primary = undefined
    })
    return asked
  }

  return {
    guide: { name: "sentinel ", hint: "Check sentinel (nodes, username, password, tls) of the redis datasource." },
    find: async () => ({ endpoint: await find() }),
    servers: async () => [await find()],
    follow(failure) {
      const mayPass = mayPassElsewhere(failure)
      if (mayPass) primary = undefined
      return mayPass
    },
    close: links.close,
  }
}

const MASTER_NAME = "Check sentinel.masterName of the redis datasource."
