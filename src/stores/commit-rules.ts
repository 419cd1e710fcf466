/** What a commit means, the same for every store: a store only has to make the step atomic. */
import type { Change, LogEntry, Snapshot } from "../core/ports.js"
import { StateError } from "../errors.js"

/** So many commits of a document are kept in its log, the newest ones. */
export const LOG_LIMIT = 100

// Every commit reads and writes the whole log: an entry tells what was done, it is no copy of it.
const MAX_ACTOR = 200
const MAX_TEXT = 1_000
const MAX_TEXTS = 100
const MAX_TOGETHER = 10_000

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
 * The change applied to the newest document of the context, and its entry, of bounded size.
 * @param current the newest document, or undefined when there is none
 * @throws StateError CONTEXT_NOT_FOUND, CONTEXT_EXISTS, REVISION_CONFLICT, and what `change.apply` throws
 */
export function applyChange(id: string, current: Snapshot | undefined, change: Change): Commit {
  if (change.mode === "update" && !current) throw contextNotFound(id)
  if (change.mode === "create" && current) throw contextExists(id)
  if (change.ifRevision !== undefined && change.ifRevision !== current?.revision) {
    throw revisionConflict(id, change.ifRevision, current?.revision)
  }
  const { commitId, time } = change
  const [actor, assignments] = [shorten(change.actor, MAX_ACTOR), shortenAll(change.assignments)]
  const revision = (current?.revision ?? 0) + 1
  const snapshot = { id, document: change.apply(current?.document), revision, lineage: current?.lineage || commitId }
  return { snapshot, entry: { revision, commitId, time, actor, assignments } }
}

/** The first texts, shortened, and how many more there were: 100 texts of 1,000 characters at most, together 10,000. */
function shortenAll(texts: readonly string[]): readonly string[] {
  const shown: string[] = []
  let together = 0
  for (const text of texts.slice(0, MAX_TEXTS)) {
    const short = shorten(text, MAX_TEXT)
    together += short.length
    if (together > MAX_TOGETHER) break
    shown.push(short)
  }
  const hidden = texts.length - shown.length
  return hidden === 0 ? shown : [...shown, `… and ${hidden} more`]
}

/** Cut to so many characters, with `…` as the last one; never within a surrogate pair. */
const shorten = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`

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
