/**
 * The caches: files that hold a context for shells and programs beside, and for reads that need not ask the primary.
 * Several processes may write them at once and in any order; those in one folder share a lock. A symbolic link in the
 * place of a cache is nothing of ours, and may lead to anyone's file: it is not read, and replaced by the cache.
 */
import { existsSync, lstatSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { contextIdOf } from "../core/context-id.js"
import type { Finding, Logger, Snapshot } from "../core/ports.js"
import { DataError } from "../data/data-error.js"
import type { ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import {
  type CacheFile,
  type Failure,
  type Folder,
  markPath,
  type NamedCache,
  removeFrom,
  writeFolder,
} from "./cache-folder.js"
import { readMarks } from "./cache-marks.js"
import { errnoOf, fileError, reasonOf } from "./file-error.js"
import { refuseLinksOfDefault } from "./file-links.js"
import { type Lock, withLock } from "./file-lock.js"
import { checkWritable } from "./folder-check.js"
import { OWNER_ONLY } from "./permissions.js"
import { hashFile, readText } from "./regular-file.js"

export interface CacheFiles {
  /**
   * The document of the first readable cache that holds the context; undefined when none does. Takes no lock.
   * @param quick the newest document, perhaps: asked in place of a slow cache that holds the context as it was written
   */
  read(id: string, quick?: () => Promise<ValueMap | undefined>): Promise<ValueMap | undefined>
  /**
   * Writes all caches, each atomically and none back to an older revision.
   * @param reread the newest snapshot of the same context in the primary; nothing is written when it is gone there
   * @param failed what an error says before it names those that could not be written; default: that of a commit
   * @throws StateError CACHE_FAILED, when all have been tried
   */
  write(snapshot: Snapshot, reread: () => Promise<Snapshot | undefined>, failed?: string): Promise<void>
  /** Removes the caches that hold the context. @throws StateError CACHE_FAILED naming those that could not be removed */
  remove(id: string): Promise<void>
  check(): readonly Finding[]
}

const AFTER_COMMIT = "The state is saved in the primary, but not in these caches"

/** @param caches in the order in which they are read */
export function cacheFiles(caches: readonly CacheFile[], logger?: Pick<Logger, "warn">): CacheFiles {
  return {
    async read(id, quick) {
      for (const cache of caches) {
        const document = (quick && isMarkedSlow(cache, id) && (await quick())) || (await readCache(cache, logger))
        if (document && contextIdOf(document) === id) return document
      }
      return undefined
    },
    async write(snapshot, reread, failed = AFTER_COMMIT) {
      const failures = await inEachFolder(caches, (folder) => writeFolder(folder, snapshot, reread))
      if (failures.length > 0) throw cachesFailed(failed, failures)
    },
    check: () => caches.map(({ path }) => checkWritable("cache", path, join(dirname(path), LOCK_NAME))),
    async remove(id) {
      const present = caches.filter(({ path }) => existsSync(path))
      const failures = await inEachFolder(present, (folder) => removeFrom(folder, id))
      if (failures.length > 0) throw cachesFailed("Could not remove these caches", failures)
    },
  }
}

/**
 * Whether a cache is slow to read, and holds the context as it was written: its mark says so and is younger, or speaks of
 * its hash. The hash alone would do, but loading what computes it takes longer than reading a small document.
 */
function isMarkedSlow({ path, format }: CacheFile, id: string): boolean {
  if (!format.isSlow) return false
  const marks = markPath(dirname(path))
  const mark = readMarks(marks).get(basename(path))
  if (mark?.id !== id) return false
  try {
    const [written, marked] = [lstatSync(path).mtimeMs, lstatSync(marks).mtimeMs]
    return written < marked || (written === marked && mark.sha256 === hashFile(path))
  } catch {
    return false
  }
}

async function readCache({ path, format }: CacheFile, logger?: Pick<Logger, "warn">): Promise<ValueMap | undefined> {
  try {
    if (!format.read) return undefined
    refuseLinksOfDefault(dirname(path))
    const text = readText(path)
    return text === "" || format.isFaithful?.(text) === false ? undefined : await format.read(text)
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined
    if (errnoOf(error) === undefined && !(error instanceof DataError)) throw error
    logger?.warn(`cache "${path}" is not used: ${placeOf(error)}${reasonOf(error)}`)
    return undefined
  }
}

const placeOf = (error: unknown) =>
  error instanceof DataError && error.line !== undefined ? `line ${error.line}, column ${error.column}: ` : ""

const LOCK_NAME = "cicdstatemgr-caches"

/** Runs the action for each folder, whatever becomes of the others; gives the failures of all. */
async function inEachFolder(
  caches: readonly CacheFile[],
  action: (folder: Folder) => Promise<readonly Failure[]>,
): Promise<readonly Failure[]> {
  const failures: Failure[] = []
  for (const [path, group] of groupByFolder(caches)) {
    const guards = [...group.map((cache) => join(path, cache.name)), markPath(path)]
    const mode = modeFor(group)
    try {
      refuseLinked(path)
      const locked = (lock: Lock) => action({ caches: group, path, lock, mode })
      failures.push(...(await withLock(join(path, LOCK_NAME), { code: "CACHE_FAILED", guards, mode }, locked)))
    } catch (error) {
      failures.push(...group.map((cache) => ({ path: cache.path, error })))
    }
  }
  return failures
}

/** What the caches of one folder share must be open to all who may use any of them. */
const modeFor = (caches: readonly CacheFile[]) =>
  caches.reduce((mode, cache) => mode | (cache.mode ?? OWNER_ONLY), OWNER_ONLY)

function refuseLinked(folder: string): void {
  try {
    refuseLinksOfDefault(folder)
  } catch (error) {
    throw fileError("CACHE_FAILED", `use folder "${folder}"`, error)
  }
}

function groupByFolder(caches: readonly CacheFile[]): ReadonlyMap<string, readonly NamedCache[]> {
  const groups = new Map<string, readonly NamedCache[]>()
  for (const cache of caches) {
    const folder = dirname(cache.path)
    groups.set(folder, [...(groups.get(folder) ?? []), { ...cache, name: basename(cache.path) }])
  }
  return groups
}

function cachesFailed(message: string, failures: readonly Failure[]): StateError {
  const list = failures.map(({ path, error }) => `"${path}" (${causeOf(error)})`).join(", ")
  return new StateError("CACHE_FAILED", `${message}: ${list}`, {
    hint: failures.map(({ error }) => (error instanceof StateError ? error.hint : undefined)).find(Boolean),
    cause: failures[0]?.error,
  })
}

/** Without the path, which stands before it. */
const causeOf = (error: unknown) =>
  error instanceof StateError && error.code === "CACHE_FAILED" && error.cause ? reasonOf(error.cause) : reasonOf(error)
