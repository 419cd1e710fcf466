/**
 * Documents in Redis, as texts under the bare id behind an optional prefix, where the Python tool has them too. What is
 * ours alone, revision and log, stands beside them (`redis-keys.ts`), so that a document that another tool wrote, or
 * overwrote, is a document like any other.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Change, ReadableFormat, Snapshot, Store } from "../core/ports.js"
import { DataError } from "../data/data-error.js"
import { TextBytes } from "../data/text-bytes.js"
import { StateError } from "../errors.js"
import { uniqueName } from "./beside-names.js"
import { applyChange } from "./commit-rules.js"
import { checkContext } from "./context-check.js"
import { checkRedis } from "./redis-check.js"
import { type RedisAddress, redisConnection } from "./redis-connection.js"
import { redisDocuments, type StoredText } from "./redis-documents.js"
import { decodeUtf8 } from "./regular-file.js"

export type RedisStoreOptions = RedisAddress & {
  /** Stands before each id in the document's key. */
  readonly keyPrefix?: string | undefined
  /** A context expires so many seconds after its last commit. */
  readonly ttl?: number | undefined
  readonly format: ReadableFormat
}

// A few writers get through by trying again. Where there are many, they take turns: a turn ends with the commit, or
// some time after its writer died.
const FREE_TRIES = 8
const TURN_MS = 2000
const LONGEST_WAIT_MS = 100
const GIVE_UP_MS = 60_000

/** A primary on Redis (6.0 or newer) or Valkey. Nothing is connected before the first use. */
export function redisStore(options: RedisStoreOptions): Store {
  const { format, keyPrefix = "", ttl } = options
  const connection = redisConnection(options)
  const documents = redisDocuments(connection, { keyPrefix, ttl })
  const { name, timeoutMs } = connection

  async function snapshotOf(id: string, { text, revision, lineage }: StoredText): Promise<Snapshot> {
    try {
      return { id, document: await format.read(decodeUtf8(text)), revision, lineage }
    } catch (error) {
      throw error instanceof DataError ? unreadable({ id, key: keyPrefix + id, name }, error) : error
    }
  }

  // A text that cannot be read counts as a document: `create` refuses it, and `replace` puts it right.
  async function currentFor(id: string, stored: StoredText, mode: Change["mode"]): Promise<Snapshot> {
    const { revision, lineage } = stored
    const empty = { id, document: new Map(), revision, lineage }
    if (mode === "create") return empty
    return snapshotOf(id, stored).catch((error) => {
      if (mode === "replace" && error instanceof StateError) return empty
      throw error
    })
  }

  async function awaitTurn(id: string, commitId: string, giveUpAt: number): Promise<StoredText | undefined> {
    for (let wait = 10; performance.now() < giveUpAt; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const { status, stored } = await documents.takeTurn(id, commitId, TURN_MS)
      if (status === "taken") return stored
      await sleep(wait * (0.5 + Math.random()))
    }
    throw new StateError("STORE_FAILED", `Storing "${id}" failed on ${name}: other writers always came first`, {
      hint: "Nothing was stored. Try again when fewer writers are at work on this context.",
    })
  }

  async function commit(id: string, change: Change): Promise<Snapshot> {
    const giveUpAt = performance.now() + Math.max(GIVE_UP_MS, timeoutMs)
    let stored = await documents.look(id, change.commitId)
    for (let tries = 1; !stored?.isCommitted; tries++) {
      const { snapshot, entry } = applyChange(id, stored && (await currentFor(id, stored, change.mode)), change)
      const text = new TextBytes()
      format.write(snapshot, text)
      const next = { ...snapshot, text: Buffer.concat(text.chunks), entry }
      const outcome = await documents.compareAndSet(id, stored, next)
      if (outcome.status === "written") return snapshot
      const mustWait = outcome.status === "held" || (outcome.status === "changed" && tries >= FREE_TRIES)
      stored = mustWait ? await awaitTurn(id, change.commitId, giveUpAt) : outcome.stored
    }
    return snapshotOf(id, stored)
  }

  // A db may hold texts of other programs: only what was written here, or is a document of the context, is deleted.
  async function remove(id: string): Promise<boolean> {
    const giveUpAt = performance.now() + Math.max(GIVE_UP_MS, timeoutMs)
    const turn = uniqueName()
    let stored = await documents.look(id)
    for (let tries = 1; ; tries++) {
      if (stored && !stored.isOwn) checkContext(id, (await snapshotOf(id, stored)).document, name)
      const outcome = await documents.compareAndDelete(id, stored)
      if (outcome.status === "deleted") return stored !== undefined
      stored = tries < FREE_TRIES ? outcome.stored : await awaitTurn(id, turn, giveUpAt)
    }
  }

  return {
    name,
    commit,
    async read(id) {
      const stored = await documents.look(id)
      return stored && snapshotOf(id, stored)
    },
    delete: remove,
    list: documents.list,
    history: documents.history,
    check: () => checkRedis(connection, documents),
    close: async () => connection.close(),
  }
}

function unreadable({ id, key, name }: { id: string; key: string; name: string }, error: DataError): StateError {
  const place = error.line === undefined ? "" : ` (line ${error.line}, column ${error.column})`
  return new StateError("STORE_FAILED", `"${id}" in ${name} is not a document: ${error.message}${place}`, {
    hint: `Nothing was changed. Repair the text of the key "${key}", replace it with init --overwrite, or remove it by hand.`,
    cause: error,
  })
}
