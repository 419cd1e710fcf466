/** A Redis Cluster: each key has a slot, each slot a node (Redis Cluster specification, "Redirection and resharding"). */
import type { Endpoint } from "../core/config/reader.js"
import { messageOf } from "../errors.js"
import { ForeignAnswer, isReply, mayPassElsewhere, NoServer } from "./redis-errors.js"
import { hashSlot } from "./redis-keys.js"
import { type Links, nameOf } from "./redis-links.js"
import type { Destination, Route } from "./redis-route.js"

/** A run of slots and its servers, the primary first. */
interface SlotRange {
  readonly first: number
  readonly last: number
  readonly servers: readonly Endpoint[]
}

/** @param seeds some of the nodes; what they tell of the others is asked when it is first needed, and after a failure */
export function clusterRoute(seeds: readonly Endpoint[], links: Links): Route {
  let ranges: Promise<readonly SlotRange[]> | undefined
  let known = seeds
  /** What nodes told since. */
  const moved = new Map<number, Endpoint>()

  async function ask(): Promise<readonly SlotRange[]> {
    const found = await links.ask(known, (redis) => redis.call("CLUSTER", "SLOTS"), parseSlots)
    known = distinct([...found.flatMap((range) => range.servers), ...seeds])
    return found
  }

  function map(): Promise<readonly SlotRange[]> {
    const asked = ranges ?? ask()
    ranges = asked
    asked.catch(() => {
      if (ranges === asked) ranges = undefined
    })
    return asked
  }

  async function find(key: string, failure: unknown): Promise<Destination> {
    const asking = redirectOf(failure, "ASK")
    if (asking) return { endpoint: asking, isAsking: true }
    const slot = hashSlot(key)
    const isIn = ({ first, last }: SlotRange) => first <= slot && slot <= last
    const endpoint = moved.get(slot) ?? (await map()).find(isIn)?.servers[0]
    if (endpoint) return { endpoint }
    forget()
    throw new NoServer(`no node serves slot ${slot}`, "See CLUSTER INFO: each slot needs a node.")
  }

  function forget(): void {
    ranges = undefined
    moved.clear()
    // Another one first: the one that was asked last may be the one that is gone.
    known = [...known.slice(1), ...known.slice(0, 1)]
  }

  return {
    find,
    async servers() {
      return distinct((await map()).flatMap((range) => range.servers.slice(0, 1)))
    },
    follow(failure, key) {
      const mayPass = mayPassElsewhere(failure)
      const redirect = redirectOf(failure, "MOVED")
      if (redirect) moved.set(hashSlot(key), redirect)
      else if (mayPass && !isMoving(failure)) forget()
      return mayPass
    },
    close() {},
  }
}

/** Where a MOVED or ASK reply points to. */
function redirectOf(failure: unknown, kind: "MOVED" | "ASK"): Endpoint | undefined {
  if (!isReply(failure)) return undefined
  const [, said, host, port] = /\b(MOVED|ASK) \d+ (\S+):(\d+)/.exec(messageOf(failure)) ?? []
  return said === kind && host !== undefined ? { host, port: Number(port) } : undefined
}

// The nodes know well where the slot is, and where it goes.
const isMoving = (failure: unknown) => isReply(failure) && /\b(ASK|TRYAGAIN)\b/.test(messageOf(failure))

function parseSlots(reply: unknown, from: Endpoint): readonly SlotRange[] {
  if (!Array.isArray(reply)) throw new ForeignAnswer()
  return reply.map((range: unknown) => {
    const [first, last, ...servers] = Array.isArray(range) ? range : []
    return { first: Number(first), last: Number(last), servers: servers.map((server) => parseServer(server, from)) }
  })
}

// A node that does not know its own address leaves it out: it is where it was asked.
function parseServer(server: unknown, from: Endpoint): Endpoint {
  const [host, port] = Array.isArray(server) ? server : []
  if (!(Number(port) > 0)) throw new ForeignAnswer()
  return { host: typeof host === "string" && host !== "" && host !== "?" ? host : from.host, port: Number(port) }
}

const distinct = (endpoints: readonly Endpoint[]): readonly Endpoint[] => [
  ...new Map(endpoints.map((endpoint) => [nameOf(endpoint), endpoint])).values(),
]
