/**
 * The caches in one folder, written together under its lock. A snapshot is written where the marks show that an older
 * one is there, or nothing; everywhere else the primary is asked under the lock: what it holds then is not older than
 * what any writer before has read.
 */
import { join } from "node:path"
import { contextIdOf } from "../core/context-id.js"
import type { Format, Snapshot } from "../core/ports.js"
import { DataError } from "../data/data-error.js"
import { TextBytes } from "../data/text-bytes.js"
import { StateError } from "../errors.js"
import { removeIfThere, replaceFile } from "./atomic-file.js"
import { type CacheMark, type CacheMarks, readMarks, writeMarks } from "./cache-marks.js"
import { errnoOf } from "./file-error.js"
import type { Lock } from "./file-lock.js"
import { sha256 } from "./hashes.js"
import { decodeUtf8, hashFile, readBytes } from "./regular-file.js"

export interface CacheFile {
  readonly path: string
  readonly format: Format
  /** Permissions. Default 0600. */
  readonly mode?: number | undefined
}

/** A cache that could not be written, and why. */
export interface Failure {
  readonly path: string
  readonly error: unknown
}

export interface NamedCache extends CacheFile {
  /** Of the file in its folder. */
  readonly name: string
}

/** The caches of one folder under its lock. */
export interface Folder {
  readonly caches: readonly NamedCache[]
  readonly path: string
  readonly lock: Lock
  /** Permissions of what the caches share. */
  readonly mode: number
}

/** Where the marks of a folder are. */
export const markPath = (folder: string): string => join(folder, ".cicdstatemgr-caches.json")

/**
 * Writes the caches of one folder.
 * @returns the failures; all that could be written is
 */
export async function writeFolder(
  folder: Folder,
  snapshot: Snapshot,
  reread: () => Promise<Snapshot | undefined>,
): Promise<readonly Failure[]> {
  const failures: Failure[] = []
  const marks = readMarks(markPath(folder.path))
  const presents = await attemptEach(folder.caches, failures, async (cache) => lookAt(cache, folder))
  const isNewer = presents.every((present) => isBehind(present, marks.get(present.name), snapshot))
  const newest = isNewer ? snapshot : await reread()
  if (!newest) return failures
  const text = new TextBytes()
  const written = await attemptEach(presents, failures, async (present) => {
    text.clear()
    present.format.write(newest, text)
    return [present.name, replaceCache(present, text.chunks, newest, folder)] as const
  })
  writeChangedMarks(folder, marks, new Map([...marks, ...written]))
  return failures
}

/** What a cache holds before it is written. Not the text itself: those of all caches together are large. */
interface Present extends NamedCache {
  /** Of its text; "" where nothing is. */
  readonly sha256: string
}

function lookAt(cache: NamedCache, folder: Folder): Present {
  return { ...cache, sha256: ifThere(cache, folder, hashFile) ?? "" }
}

/** Whether it is certain that the snapshot is newer than what the cache holds, or ever held of this context. */
function isBehind(present: Present, mark: CacheMark | undefined, { id, lineage, revision }: Snapshot): boolean {
  if (!mark) return present.sha256 === ""
  const speaksOfText = mark.sha256 === present.sha256
  const isSameLine = mark.id === id && mark.lineage === lineage
  return speaksOfText && isSameLine && mark.revision < revision
}

/** Writes the cache, unless it has this text. @returns its new mark */
function replaceCache(
  { name, sha256: before, mode }: Present,
  text: readonly Buffer[],
  { id, lineage, revision }: Snapshot,
  folder: Folder,
): CacheMark {
  const hash = sha256(text)
  const options = { code: "CACHE_FAILED", mode, beforeRename: folder.lock.assertHeld, isDurable: false } as const
  if (hash !== before) replaceFile(join(folder.path, name), text, options)
  return { id, lineage, revision, sha256: hash }
}

function writeChangedMarks({ path, lock, mode }: Folder, before: CacheMarks, after: CacheMarks): void {
  const text = writeMarks(after)
  if (text === writeMarks(before)) return
  replaceFile(markPath(path), text, { code: "CACHE_FAILED", mode, beforeRename: lock.assertHeld, isDurable: false })
}

/**
 * Removes the caches of one folder that hold the context. The marks stay: so a writer that has read the context before
 * asks the primary, and finds it gone.
 * @returns the failures
 */
export async function removeFrom(folder: Folder, id: string): Promise<readonly Failure[]> {
  const failures: Failure[] = []
  const marks = readMarks(markPath(folder.path))
  await attemptEach(folder.caches, failures, async (cache) => {
    const text = ifThere(cache, folder, readBytes)
    if (!text || !(await holds(cache, text, { mark: marks.get(cache.name), id }))) return
    folder.lock.assertHeld()
    removeIfThere(join(folder.path, cache.name))
  })
  return failures
}

async function holds(
  { format }: NamedCache,
  text: Buffer,
  { mark, id }: { mark: CacheMark | undefined; id: string },
): Promise<boolean> {
  if (mark?.sha256 === sha256(text)) return mark.id === id
  try {
    const decoded = decodeUtf8(text)
    return format.read ? contextIdOf(await format.read(decoded)) === id : tellsId(decoded, format, id)
  } catch (error) {
    if (error instanceof DataError) return false
    throw error
  }
}

/**
 * Whether a text that cannot be read back is that of the context: it is what the format makes of a document of nothing
 * but the id, or has that as a line. No quoted value of a shell file can look like such a line: its quotes are escaped.
 */
function tellsId(text: string, format: Format, id: string): boolean {
  const bytes = new TextBytes()
  format.write({ id, document: new Map([["state", new Map([["cicdContextDataId", id]])]]) }, bytes)
  const own = bytes.toString()
  return own !== "" && (text === own || (own.endsWith("\n") && `\n${text}`.includes(`\n${own}`)))
}

/** Nothing where a link is: see `cache-files.ts`. */
function ifThere<T>({ name }: NamedCache, { path }: Folder, read: (path: string) => T): T | undefined {
  try {
    return read(join(path, name))
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "LINKED") return undefined
    throw error
  }
}

/** What the step gives for each cache; of those that fail only the failure is kept. */
async function attemptEach<C extends CacheFile, T>(
  caches: readonly C[],
  failures: Failure[],
  step: (cache: C) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = []
  for (const cache of caches) {
    try {
      results.push(await step(cache))
    } catch (error) {
      const isOfCache = error instanceof StateError || error instanceof DataError || errnoOf(error) !== undefined
      if (!isOfCache) throw error
      failures.push({ path: cache.path, error })
    }
  }
  return results
}
