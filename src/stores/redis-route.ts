/** Which server a command goes to: there is one, Sentinels name it, or the nodes of a Cluster share the keys. */
import type { Endpoint } from "../core/config/reader.js"
import type { RedisServers, RedisSettings } from "../core/config/redis-source.js"
import { clusterRoute } from "./redis-cluster.js"
import { type Links, nameOf } from "./redis-links.js"
import { sentinelRoute } from "./redis-sentinel.js"

export interface Destination {
  readonly endpoint: Endpoint
  /** Say ASKING before the command: the key's slot is on its way there. */
  readonly isAsking?: boolean
}

export interface Route {
  /** The servers that are asked for the way, where they are others than those of the keys: what to call one, and a hint. */
  readonly guide?: { readonly name: string; readonly hint: string }
  /**
   * The server for a key.
   * @param failure of the attempt before, if there was one: it may tell where to go
   * @throws NodeFailure, NoServer
   */
  find(key: string, failure: unknown): Promise<Destination>
  /** The servers that together hold all keys. */
  servers(): Promise<readonly Endpoint[]>
  /** Is told of each failure. @returns whether the command may do better when it is sent again */
  follow(failure: unknown, key: string): boolean
  close(): void
}

/** @param links to the servers of the keys */
export function openRoute(
  address: RedisServers & RedisSettings,
  links: Links,
  connectTimeoutMs: number,
): Route & { readonly name: string } {
  const { db = 0, tls } = address
  const nameAs = (kind: string, endpoints: readonly Endpoint[], end: string | number) =>
    `${tls ? "rediss" : "redis"}${kind}://${endpoints.map(nameOf).join(",")}/${end}`
  if ("sentinel" in address) {
    const { nodes, masterName } = address.sentinel
    return {
      name: nameAs("+sentinel", nodes, `${masterName}/${db}`),
      ...sentinelRoute(address.sentinel, connectTimeoutMs),
    }
  }
  if ("cluster" in address) {
    return { name: nameAs("+cluster", address.cluster, db), ...clusterRoute(address.cluster, links) }
  }
  const { host, port } = address
  return { name: nameAs("", [address], db), ...singleRoute({ host, port }) }
}

const singleRoute = (endpoint: Endpoint): Route => ({
  find: async () => ({ endpoint }),
  servers: async () => [endpoint],
  follow: () => false,
  close() {},
})
