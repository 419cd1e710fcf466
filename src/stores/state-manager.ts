/** The primary and its caches as one: what commands read from and write to. */

import type { Change, Finding, LogEntry, Logger, Snapshot, Store } from "../core/ports.js"
import { checkStorable } from "../core/storable.js"
import type { ValueMap } from "../data/value.js"
import { messageOf, StateError } from "../errors.js"
import type { CacheFiles } from "./cache-files.js"
import { applyChange } from "./commit-rules.js"
import { checkContext } from "./context-check.js"
import { pathOfId } from "./file-names.js"

export interface StateManager {
  /** The newest document as far as the caches know it; else from the primary, which then fills the caches. */
  read(id: string): Promise<ValueMap>
  /** The document of the primary, which is brought into the caches as far as they can be written. */
  readNewest(id: string): Promise<Snapshot>
  /** The document of the primary; the caches hold it afterwards. @throws StateError CACHE_FAILED when they cannot */
  refresh(id: string): Promise<Snapshot>
  /** What a commit of the change would store now, with the errors it would have; nothing is stored. */
  preview(id: string, change: Change): Promise<Snapshot>
  /** Commits to the primary, then writes the caches. @throws StateError CACHE_FAILED though the state is saved */
  commit(id: string, change: Change): Promise<Snapshot>
  /** Removes the document and what the caches hold of it. */
  delete(id: string): Promise<boolean>
  list(): Promise<readonly string[]>
  history(id: string): Promise<readonly LogEntry[]>
  /** Whether the primary and the caches can be used. */
  check(): Promise<readonly Finding[]>
  close(): Promise<void>
}

export interface StateManagerParts {
  readonly primary: Store
  readonly caches: CacheFiles
  /** Throws LIMIT_EXCEEDED for a document that is larger than the primary takes. */
  readonly checkSize: (written: Pick<Snapshot, "id" | "document">) => void
  readonly logger: Logger
}

export function stateManager({ primary, caches, checkSize, logger }: StateManagerParts): StateManager {
  const placeOf = (id: string) => pathOfId(primary.name, id)
  const newest = async (id: string): Promise<Snapshot | undefined> => {
    const snapshot = await primary.read(id)
    if (snapshot) checkContext(id, snapshot.document, placeOf(id))
    return snapshot
  }
  const fromPrimary = async (id: string): Promise<Snapshot> => {
    const snapshot = await newest(id)
    if (!snapshot) throw notFound(id, placeOf(id))
    logger.debug(`read "${id}" revision ${snapshot.revision} from ${placeOf(id)}`)
    return snapshot
  }
  const withChecks = (id: string, change: Change): Change => ({
    ...change,
    apply(current) {
      if (current && change.mode === "update") checkContext(id, current, placeOf(id))
      const document = change.apply(current)
      checkStorable(document)
      return document
    },
  })
  const writeCaches = (snapshot: Snapshot) => caches.write(snapshot, () => newest(snapshot.id))
  const fillCaches = (snapshot: Snapshot) =>
    caches.write(snapshot, () => newest(snapshot.id), "The state of the primary is not in these caches")
  const readNewest = async (id: string): Promise<Snapshot> => {
    const snapshot = await fromPrimary(id)
    // A read answers even where it may not write.
    await fillCaches(snapshot).catch((error: unknown) => logger.warn(messageOf(error)))
    return snapshot
  }

  return {
    async read(id) {
      let place = "a cache"
      const quick = async () => {
        const document = await primary.readQuickly?.(id)
        if (document) place = placeOf(id)
        return document
      }
      const found = await caches.read(id, quick)
      if (found) {
        logger.debug(`read "${id}" from ${place}`)
        return found
      }
      return (await readNewest(id)).document
    },
    readNewest,
    async refresh(id) {
      const snapshot = await fromPrimary(id)
      await fillCaches(snapshot)
      return snapshot
    },
    async preview(id, change) {
      const { snapshot } = applyChange(id, await newest(id), withChecks(id, change))
      checkSize(snapshot)
      return snapshot
    },
    async commit(id, change) {
      const snapshot = await primary.commit(id, withChecks(id, change))
      logger.info(`saved "${id}" as revision ${snapshot.revision} in ${placeOf(id)}`)
      await writeCaches(snapshot)
      return snapshot
    },
    async delete(id) {
      const deleted = await primary.delete(id)
      await caches.remove(id)
      return deleted
    },
    list: () => primary.list(),
    async history(id) {
      const log = await primary.history(id)
      if (!log) throw notFound(id, placeOf(id))
      return log
    },
    check: async () => [...(await primary.check()), ...caches.check()],
    close: () => primary.close(),
  }
}

const notFound = (id: string, name: string) =>
  new StateError("CONTEXT_NOT_FOUND", `There is no context data "${id}" in ${name}`, {
    hint: "Create it with init, or check the id and the config.",
  })
