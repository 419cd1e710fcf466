/** A store that keeps documents in files: one file for each context, or one file that holds one context. */
import { statSync } from "node:fs"
import { dirname } from "node:path"
import { contextIdOf } from "../core/context-id.js"
import type { Change, Format, ReadableFormat, Snapshot, Store } from "../core/ports.js"
import { DataError } from "../data/data-error.js"
import { TextBytes } from "../data/text-bytes.js"
import type { ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { removeIfThere, replaceFile, syncFolder } from "./atomic-file.js"
import { logPathOf } from "./beside-names.js"
import { appendEntry, applyChange, isCommitted } from "./commit-rules.js"
import { checkContext } from "./context-check.js"
import { type DocumentFile, readDocumentFile } from "./document-file.js"
import { errnoOf, fileError } from "./file-error.js"
import { refuseLinksOfDefault, resolveLinks } from "./file-links.js"
import { type Lock, withLock } from "./file-lock.js"
import { type FileLog, writeLog } from "./file-log.js"
import { ID_PLACE, idsOfPath, pathOfId } from "./file-names.js"
import { checkWritable } from "./folder-check.js"
import { sha256 } from "./hashes.js"
import { readText } from "./regular-file.js"

export interface FileStoreOptions {
  /** With `{id}` in it each context has a file of its own; without, the file holds one context. */
  readonly path: string
  /** One that reads as well as writes. */
  readonly format: Format
  /** Permissions of what is written. Default 0600. */
  readonly mode?: number | undefined
  /** How long to wait for a writer that does not let go, and how long one may be silent: see LockOptions. */
  readonly lockTimeoutMs?: number | undefined
  readonly leaseMs?: number | undefined
}

/** @throws StateError CONFIG_INVALID for a format that cannot be read or a path with more than one `{id}` */
export function fileStore(options: FileStoreOptions): Store {
  const settings = settingsOf(options)

  return {
    name: `file ${settings.path}`,
    async read(id) {
      const held = await readContext(id, settings)
      return held && snapshotOf(held)
    },
    ...(!settings.format.isSlow && { readQuickly: (id: string) => readQuickly(id, settings) }),
    async commit(id, change) {
      const file = locate(id, settings)
      // Nothing is made, not even a lock, for a context that is not there, or that cannot be.
      if (!isThere(file) && change.mode === "update") applyChange(id, undefined, change)
      return locked(file, settings, (lock) => commitLocked({ id, file, lock }, change, settings))
    },
    async delete(id) {
      const file = locate(id, settings)
      return isThere(file) && locked(file, settings, (lock) => deleteLocked({ id, file, lock }, settings))
    },
    list: () => list(settings),
    async history(id) {
      const held = await readContext(id, settings)
      return held?.entries.map(({ sha256: _, ...entry }) => entry)
    },
    check: async () => [checkWritable("primary", settings.path)],
    async close() {},
  }
}

interface Settings extends FileStoreOptions {
  readonly format: ReadableFormat
  /** The path has no place for an id. */
  readonly isSingle: boolean
}

function settingsOf(options: FileStoreOptions): Settings {
  const { path, format } = options
  const { read } = format
  if (!read) throw new StateError("CONFIG_INVALID", `File "${path}" cannot be the primary: its format is only written`)
  const places = path.split(ID_PLACE).length - 1
  if (places > 1) throw new StateError("CONFIG_INVALID", `The path "${path}" has more than one ${ID_PLACE}`)
  return { ...options, format: { ...format, read }, isSingle: places === 0 }
}

/** One context's file under the lock. */
interface Place {
  readonly id: string
  readonly file: string
  readonly lock: Lock
}

/** Where the file of a context really is: all names of one file must share one lock. */
function locate(id: string, { path }: Settings): string {
  const named = pathOfId(path, id)
  return reading(named, () => {
    refuseLinksOfDefault(named)
    return resolveLinks(named)
  })
}

const isThere = (file: string) => reading(file, () => statSync(file, { throwIfNoEntry: false })) !== undefined

function locked<T>(file: string, settings: Settings, body: (lock: Lock) => Promise<T>): Promise<T> {
  const { lockTimeoutMs: timeoutMs, leaseMs, mode } = settings
  return withLock(file, { code: "STORE_FAILED", timeoutMs, leaseMs, mode, guards: [file, logPathOf(file)] }, body)
}

const readFileOf = (id: string, file: string, { format, isSingle }: Settings) =>
  readDocumentFile(file, format, isSingle ? undefined : id)

/** A file that holds the wanted context. */
interface HeldContext extends DocumentFile {
  readonly id: string
  readonly document: ValueMap
}

async function readContext(id: string, settings: Settings): Promise<HeldContext | undefined> {
  const found = await readFileOf(id, locate(id, settings), settings)
  if (found?.document instanceof StateError) throw found.document
  return found && holdsContext(found, id) ? found : undefined
}

/** Without its log and its hash: the library for that takes longer to load than a small document to parse. */
async function readQuickly(id: string, settings: Settings): Promise<ValueMap | undefined> {
  try {
    const document = await settings.format.read(readText(locate(id, settings)))
    return contextIdOf(document) === id ? document : undefined
  } catch (error) {
    if (error instanceof StateError || error instanceof DataError || errnoOf(error) !== undefined) return undefined
    throw error
  }
}

const holdsContext = (found: DocumentFile, id: string): found is HeldContext =>
  found.id === id && !(found.document instanceof StateError)

const snapshotOf = ({ id, document, revision, lineage }: HeldContext): Snapshot => ({ id, document, revision, lineage })

async function commitLocked(place: Place, change: Change, settings: Settings): Promise<Snapshot> {
  const { id, file, lock } = place
  const { format, mode, isSingle } = settings
  const found = await readFileOf(id, file, settings)
  const current = currentOf(found, id, file, change)
  if (current && isCommitted(current.certain, change)) return snapshotOf(current)
  const { snapshot, entry } = applyChange(id, current && snapshotOf(current), change)
  if (isSingle && contextIdOf(snapshot.document) !== id) throw anonymous(id, file)

  const text = new TextBytes()
  format.write(snapshot, text)
  const entries = appendEntry(current?.entries ?? [], { ...entry, sha256: sha256(text.chunks) })
  const log: FileLog = { id, lineage: snapshot.lineage, base: found ? baseOf(found) : null, entries }
  const options = { code: "STORE_FAILED", mode, beforeRename: lock.assertHeld } as const
  replaceFile(logPathOf(file), writeLog(log), { ...options, isDurable: false })
  replaceFile(file, text.chunks, options)
  return snapshot
}

const baseOf = ({ sha256, revision, lineage }: DocumentFile) => ({ sha256, revision, lineage })

/** What the change applies to: the context that the file holds, or none where the file may be given to a new one. */
function currentOf(
  found: DocumentFile | undefined,
  id: string,
  file: string,
  { mode }: Change,
): HeldContext | undefined {
  if (!found) return undefined
  if (holdsContext(found, id)) return found
  if (found.document instanceof StateError) {
    if (mode === "replace" || (mode === "create" && found.isEmpty)) return undefined
    throw found.document
  }
  if (mode === "create") throw occupied(found.id, file)
  return undefined
}

const occupied = (holder: string | undefined, file: string) =>
  new StateError(
    "CONTEXT_EXISTS",
    `File "${file}" holds ${holder === undefined ? "a document without a context id" : `context data "${holder}"`}`,
    { hint: `Overwrite it with init --overwrite, or give each context its own file by ${ID_PLACE} in the path.` },
  )

const anonymous = (id: string, file: string) =>
  new StateError("INPUT_INVALID", `The new document for file "${file}" is not that of "${id}"`, {
    hint: `A file that holds one context needs its id at state.cicdContextDataId.`,
  })

async function deleteLocked({ id, file, lock }: Place, settings: Settings): Promise<boolean> {
  const found = await readFileOf(id, file, settings)
  if (!found || !mayDelete(found, id, file, settings)) return false
  lock.assertHeld()
  try {
    const isRemoved = removeIfThere(file)
    // The log last: without its document it counts for nothing.
    removeIfThere(logPathOf(file))
    syncFolder(dirname(file))
    return isRemoved
  } catch (error) {
    throw fileError("STORE_FAILED", `remove file "${file}"`, error)
  }
}

/** Whether the file holds the context. @throws StateError for a file of the context's name that is something else */
function mayDelete(found: DocumentFile, id: string, file: string, { isSingle }: Settings): boolean {
  const isOwnText = found.certain.at(-1)?.sha256 === found.sha256
  if (isOwnText && !isSingle) return true
  if (found.document instanceof StateError) throw found.document
  if (isSingle) return found.id === id
  checkContext(id, found.document, `file "${file}"`)
  return true
}

async function list(settings: Settings): Promise<readonly string[]> {
  const { path, format, isSingle } = settings
  const file = locate(ID_PLACE, settings)
  if (!isSingle) return reading(path, () => idsOfPath(path))
  const found = await readDocumentFile(file, format)
  if (found?.document instanceof StateError) throw found.document
  return found?.id === undefined ? [] : [found.id]
}

function reading<T>(path: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw fileError("STORE_FAILED", `read "${path}"`, error)
  }
}
