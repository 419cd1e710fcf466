/** A real Redis Cluster of three primaries. */
import { setTimeout as sleep } from "node:timers/promises"
import { type RedisServer, startRedis } from "./redis-server.js"

export interface Cluster {
  readonly nodes: readonly RedisServer[]
  /** The node that has the slot of a key, and the slot. */
  nodeOf(key: string): Promise<{ node: RedisServer; slot: string }>
  /** Adds a replica of a node. */
  addReplica(node: RedisServer): Promise<RedisServer>
  /** Runs what is to happen while the slot is open on both nodes, its keys not moved; then moves them and closes it. */
  moveSlot(slot: string, from: RedisServer, to: RedisServer, steps?: MoveSteps): Promise<void>
  stop(): Promise<void>
}

export interface MoveSteps {
  /** Its keys are on the old node. */
  before?(): Promise<unknown>
  /** Its keys are on the new node, but the slot is still the old one's. */
  after?(): Promise<unknown>
}

const startNode = () => startRedis({ args: ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"] })
const idOf = (node: RedisServer) => node.cli("CLUSTER", "MYID")
const SLOTS = 16384

export async function startCluster(): Promise<Cluster> {
  const nodes = await Promise.all([0, 1, 2].map(startNode))
  const [first] = nodes as [RedisServer]
  const share = Math.ceil(SLOTS / nodes.length)
  for (const [i, node] of nodes.entries()) {
    const last = Math.min(SLOTS, (i + 1) * share) - 1
    await node.cli("CLUSTER", "ADDSLOTSRANGE", String(i * share), String(last))
    // Two nodes that claim the same epoch settle it, in time; different ones need not.
    await node.cli("CLUSTER", "SET-CONFIG-EPOCH", String(i + 1))
    if (node !== first) await meet(node, first)
  }
  for (const node of nodes) await isWell(node, nodes.length)
  const all = [...nodes]

  return {
    nodes,
    async nodeOf(key) {
      const slot = await first.cli("CLUSTER", "KEYSLOT", key)
      const node = nodes[Math.floor(Number(slot) / share)]
      if (!node) throw new Error("no such slot")
      return { node, slot }
    },
    async addReplica(node) {
      const replica = await startNode()
      all.push(replica)
      await meet(replica, node)
      await isWell(replica, all.length)
      await replica.cli("CLUSTER", "REPLICATE", await idOf(node))
      while (!(await replica.cli("INFO", "replication")).includes("master_link_status:up")) await sleep(20)
      return replica
    },
    async moveSlot(slot, from, to, { before, after } = {}) {
      await to.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", await idOf(from))
      await from.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", await idOf(to))
      await before?.()
      for (;;) {
        const keys = (await from.cli("CLUSTER", "GETKEYSINSLOT", slot, "100")).split("\n").filter(Boolean)
        if (keys.length === 0) break
        await from.cli("MIGRATE", to.host, String(to.port), "", "0", "5000", "KEYS", ...keys)
      }
      await after?.()
      const owner = await idOf(to)
      for (const node of [to, from, ...nodes]) await node.cli("CLUSTER", "SETSLOT", slot, "NODE", owner)
    },
    async stop() {
      await Promise.all(all.map((node) => node.stop()))
    },
  }
}

const meet = (node: RedisServer, other: RedisServer) => node.cli("CLUSTER", "MEET", other.host, String(other.port))

async function isWell(node: RedisServer, size: number): Promise<void> {
  const wanted = [`cluster_known_nodes:${size}`, "cluster_state:ok"]
  for (;;) {
    const info = await node.cli("CLUSTER", "INFO")
    if (wanted.every((line) => info.includes(line))) return
    await sleep(50)
  }
}
