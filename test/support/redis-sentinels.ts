/** A primary with replicas, watched by real Sentinels. */
import { setTimeout as sleep } from "node:timers/promises"
import { type RedisServer, type RedisServerOptions, startRedis } from "./redis-server.js"

export const MASTER_NAME = "the-state"

export interface Sentinels {
  /** All servers of the data; the first one begins as the primary. */
  readonly servers: readonly RedisServer[]
  /** host:port of each Sentinel. */
  readonly nodes: readonly { host: string; port: number }[]
  readonly sentinels: readonly RedisServer[]
  /** The one that all Sentinels name: each tells the others of a failover every two seconds only. */
  primary(): Promise<RedisServer>
  stop(): Promise<void>
}

/** @param sentinelOptions such as users; `replicas` and the number of Sentinels are two and three */
export async function startSentinels(options: RedisServerOptions = {}): Promise<Sentinels> {
  const servers = [await startRedis(options)]
  const [first] = servers as [RedisServer]
  const replicaOf = ["--replicaof", first.host, String(first.port), "--repl-diskless-sync-delay", "0"]
  for (let i = 0; i < 2; i++)
    servers.push(await startRedis({ ...options, args: [...(options.args ?? []), ...replicaOf] }))
  while (!/state=online[\s\S]*state=online/.test(await first.cli("INFO", "replication"))) await sleep(20)
  const sentinelConfig = [
    `sentinel monitor ${MASTER_NAME} ${first.host} ${first.port} 2`,
    `sentinel down-after-milliseconds ${MASTER_NAME} 500`,
    `sentinel failover-timeout ${MASTER_NAME} 2000`,
    `sentinel parallel-syncs ${MASTER_NAME} 2`,
  ].join("\n")
  const sentinels = await Promise.all([0, 1, 2].map(() => startRedis({ sentinelConfig })))
  // They find each other and the replicas through the primary.
  const knowsAll = async (sentinel: RedisServer) => {
    const about = await sentinel.cli("SENTINEL", "MASTER", MASTER_NAME)
    return /num-slaves\n2\n/.test(about) && /num-other-sentinels\n2\n/.test(about)
  }
  for (const sentinel of sentinels) while (!(await knowsAll(sentinel))) await sleep(50)
  return {
    servers,
    sentinels,
    nodes: sentinels.map(({ host, port }) => ({ host, port })),
    async primary() {
      for (;;) {
        const ask = (sentinel: RedisServer) => sentinel.cli("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME)
        const [address, ...others] = (await Promise.all(sentinels.map(ask))) as [string, ...string[]]
        if (others.every((other) => other === address))
          return servers.find(({ port }) => address.endsWith(`\n${port}`))!
        await sleep(50)
      }
    },
    async stop() {
      await Promise.all([...sentinels, ...servers].map((server) => server.stop()))
    },
  }
}
