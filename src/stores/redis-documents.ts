/** Texts with revision and log in Redis: the scripts of `redis-scripts.ts` as functions, without what a text means. */
import type { LogEntry, Snapshot } from "../core/ports.js"
import { StateError } from "../errors.js"
import { sha1 } from "./hashes.js"
import { isLogEntry } from "./log-entry.js"
import type { Argument, Parse, RedisConnection, Task } from "./redis-connection.js"
import { ForeignAnswer } from "./redis-errors.js"
import { isBesideKey, redisKeys } from "./redis-keys.js"
import { commitScript, deleteScript, entryMark, historyScript, lookScript, turnScript } from "./redis-scripts.js"

/** A text as it stood in Redis at one moment. */
export interface StoredText extends Pick<Snapshot, "revision" | "lineage"> {
  readonly text: Buffer
  readonly sha1: string
  /** Revision and lineage as they are written, which another tool's write leaves as they were; "" when missing. */
  readonly written: readonly [revision: string, lineage: string]
  /** Whether the log holds the commit that was asked for. */
  readonly isCommitted: boolean
  /** Whether it is the text that was last written here. */
  readonly isOwn: boolean
}

export interface NewText extends Pick<Snapshot, "revision" | "lineage"> {
  readonly text: Buffer
  readonly entry: LogEntry
}

/** `found`: done before; `held`: another writer's turn; `changed`: not the expected text; else what was wanted. */
export interface Outcome<Done extends string> {
  readonly status: Done | "found" | "held" | "changed"
  /** The newest text; undefined when there is none, and with `held` and `written`. */
  readonly stored: StoredText | undefined
}

/** All methods throw StateError STORE_FAILED, and INPUT_INVALID for an id that the store needs for itself. */
export interface RedisDocuments {
  look(id: string, commitId?: string): Promise<StoredText | undefined>
  /** Stores the text if what is stored is still what was expected. */
  compareAndSet(id: string, expected: StoredText | undefined, next: NewText): Promise<Outcome<"written">>
  /** Takes the turn for this commit, or keeps it, for some milliseconds, unless another commit has it. */
  takeTurn(id: string, commitId: string, lastsMs: number): Promise<Outcome<"taken">>
  /** Deletes the text, with what stands beside it, if it is still what was expected. */
  compareAndDelete(id: string, expected: StoredText | undefined): Promise<Outcome<"deleted">>
  /** The log entries, oldest first, without what is none; undefined when there is no document. */
  history(id: string): Promise<readonly LogEntry[] | undefined>
  list(): Promise<readonly string[]>
}

export interface DocumentOptions {
  /** Stands before each id in the document's key. */
  readonly keyPrefix: string
  /** A document expires so many seconds after its last commit. */
  readonly ttl: number | undefined
}

export function redisDocuments(connection: RedisConnection, { keyPrefix, ttl }: DocumentOptions): RedisDocuments {
  async function run<T>(id: string, step: Step<T>): Promise<T> {
    const { document, meta, log, lease } = redisKeys(keyPrefix + id)
    if (isBesideKey(document)) throw reservedId(id)
    const { task, script, args = [], parse, reads } = step
    const keys = reads ? [document, meta, log] : [document, meta, log, lease]
    return connection.evaluate(task, script, { keys, args }, parse)
  }

  return {
    async look(id, commitId) {
      const args = [commitId === undefined ? "" : entryMark(commitId)]
      const task = { doing: `Reading "${id}"` }
      return run(id, { task, script: lookScript, args, parse: parseStored, reads: true })
    },
    async compareAndSet(id, expected, { text, revision, lineage, entry }) {
      const written = [text, revision, lineage, sha1(text), writeEntry(entry), ttl === undefined ? "" : ttl * 1000]
      const args = [...expectation(expected), entryMark(entry.commitId), entry.commitId, ...written]
      const task = { doing: `Storing "${id}"`, writes: true }
      return run(id, { task, script: commitScript, args, parse: parseOutcome("written") })
    },
    async takeTurn(id, commitId, lastsMs) {
      const args = [entryMark(commitId), commitId, lastsMs]
      return run(id, { task: { doing: `Storing "${id}"` }, script: turnScript, args, parse: parseOutcome("taken") })
    },
    async compareAndDelete(id, expected) {
      const task = { doing: `Deleting "${id}"`, writes: true, once: true }
      return run(id, { task, script: deleteScript, args: expectation(expected), parse: parseOutcome("deleted") })
    },
    async history(id) {
      const task = { doing: `Reading the history of "${id}"` }
      return run(id, { task, script: historyScript, parse: parseLog, reads: true })
    },
    list: () => listIds(connection, keyPrefix),
  }
}

const expectation = (expected: StoredText | undefined): readonly Argument[] =>
  expected ? ["1", expected.sha1, ...expected.written] : ["0", "", "", ""]

interface Step<T> {
  readonly task: Task
  readonly script: string
  readonly args?: readonly Argument[]
  readonly parse: Parse<T>
  /**
   * Leaves the lease out, which is seldom there: while a Cluster moves a slot, a script runs only where all of its keys
   * are.
   */
  readonly reads?: boolean
}

/**
 * All texts under the prefix but our own: whether a text is a document shows only when it is read, and a guess could
 * hide one. Where other programs share the db, a prefix keeps them apart.
 */
async function listIds(connection: RedisConnection, keyPrefix: string): Promise<readonly string[]> {
  const task = { doing: "Listing the contexts" }
  const pattern = `${keyPrefix.replace(/[\\*?[\]]/g, "\\$&")}*`
  const ids = new Set<string>()
  for (const server of await connection.servers(task)) {
    let cursor = "0"
    do {
      const command = ["SCAN", cursor, "MATCH", pattern, "COUNT", 1000, "TYPE", "string"] as const
      // A cursor means nothing to a server that was started anew.
      const page = await connection.call({ ...task, once: cursor !== "0" }, server, command, parsePage)
      for (const key of page.keys) if (!isBesideKey(key)) ids.add(key.slice(keyPrefix.length))
      cursor = page.next
    } while (cursor !== "0")
  }
  return [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function parseStored(reply: unknown): StoredText | undefined {
  if (reply === null) return undefined
  const [text, ...fields] = listOf(reply)
  const [revision = "", lineage = "", hash, found] = fields.map(String)
  if (!Buffer.isBuffer(text)) throw new ForeignAnswer()
  const digest = sha1(text)
  const isOwn = hash === digest
  // A text that is not the one last written here counts as one commit more.
  const known = /^\d{1,15}$/.test(revision) ? Number(revision) + (isOwn ? 0 : 1) : 0
  const written = [revision, lineage] as const
  return { text, sha1: digest, revision: known, lineage, written, isCommitted: found === "1", isOwn }
}

const parseOutcome =
  <Done extends string>(done: Done): Parse<Outcome<Done>> =>
  (reply) => {
    const [first, stored] = listOf(reply)
    const status = ([done, "found", "held", "changed"] as const).find((known) => known === String(first))
    if (status === undefined) throw new ForeignAnswer()
    return { status, stored: parseStored(stored ?? null) }
  }

const parseLog = (reply: unknown) => (reply === null ? undefined : listOf(reply).flatMap(parseEntry))

/** None for what is no entry: another tool, or a hand, was at work there. */
function parseEntry(text: unknown): readonly LogEntry[] {
  try {
    const entry: unknown = JSON.parse(String(text))
    return isLogEntry(entry) ? [entry] : []
  } catch {
    return []
  }
}

function parsePage(reply: unknown): { next: string; keys: readonly string[] } {
  const [next, keys] = listOf(reply)
  return { next: String(next), keys: listOf(keys).map(String) }
}

function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw new ForeignAnswer()
  return reply
}

// The commit id stands first: entryMark.
const writeEntry = ({ commitId, ...rest }: LogEntry) => JSON.stringify({ commitId, ...rest })

const reservedId = (id: string) =>
  new StateError("INPUT_INVALID", `The store keeps the id "${id}" for itself`, { hint: "Take another id." })
