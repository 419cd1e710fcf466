/** What a commit means, the same for every store: a store only has to make the step atomic. */
import type { Change, LogEntry, Snapshot } from "../core/ports.js"
import { StateError } from "../errors.js"

/** So many commits of a document are kept in its log, the newest ones. */
export const LOG_LIMIT = 100

/** What a store writes when a change is taken: the new document and the entry that tells of it. */
export interface Commit {
  readonly snapshot: Snapshot
  readonly entry: LogEntry
}

/** Whether the log holds the change already: then a retry has nothing left to do but to return what is stored. */
export const isCommitted = (log: readonly LogEntry[], change: Change): boolean =>
  log.some((entry) => entry.commitId === change.commitId)

/** The log with one entry more, cut to the newest {@link LOG_LIMIT}. */
export const appendEntry = <E extends LogEntry>(log: readonly E[], entry: E): readonly E[] =>
  [...log, entry].slice(-LOG_LIMIT)

/**
 * The change applied to the newest document of the context.
 * @param current the newest document, or undefined when there is none
 * @throws StateError CONTEXT_NOT_FOUND, CONTEXT_EXISTS, REVISION_CONFLICT, and what `change.apply` throws
 */
export function applyChange(id: string, current: Snapshot | undefined, change: Change): Commit {
  if (change.mode === "update" && !current) throw contextNotFound(id)
  if (change.mode === "create" && current) throw contextExists(id)
  if (change.ifRevision !== undefined && change.ifRevision !== current?.revision) {
    throw revisionConflict(id, change.ifRevision, current?.revision)
  }
  const { commitId, time, actor, assignments } = change
  const revision = (current?.revision ?? 0) + 1
  const snapshot = { id, document: change.apply(current?.document), revision, lineage: current?.lineage || commitId }
  return { snapshot, entry: { revision, commitId, time, actor, assignments } }
}

const contextNotFound = (id: string) =>
  new StateError("CONTEXT_NOT_FOUND", `There is no context data "${id}"`, {
    hint: "Create it with init, or check the id and the config.",
  })

const contextExists = (id: string) =>
  new StateError("CONTEXT_EXISTS", `There is context data "${id}" already`, {
    hint: "Use init --if-absent to keep it or --overwrite to replace it, or choose another id.",
  })

const revisionConflict = (id: string, wanted: number, found: number | undefined) =>
  new StateError(
    "REVISION_CONFLICT",
    `Context data "${id}" ${found === undefined ? "does not exist yet" : `has revision ${found}`}, not ${wanted}`,
    { hint: "Another writer came first: read it again and decide anew." },
  )
