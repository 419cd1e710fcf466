/**
 * The files in the folder of a lock: generations `1`, `2`, ... of which only the highest counts. Each is made once, in
 * one step, and changed by nobody but its maker: renewed by its time, marked free when the lock is let go.
 *
 * On a full disk, where an empty file can still be made, a generation has no text: a lock is needed also to delete what
 * fills the disk. Others then know nothing of its holder but its signs of life.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { removeIfThere } from "./atomic-file.js"
import { errnoOf, fileProblem } from "./file-error.js"
import type { ProcessIdentity } from "./lock-holder.js"
import { allowInFolder, fileModeFor, folderModeFor, giveMode, makeFolders } from "./permissions.js"
import { openRegular } from "./regular-file.js"

/** What a generation says about the process that made it. */
export interface Holder extends ProcessIdentity {
  /** Unlike that of any other holder. */
  readonly token: string
  /** ISO 8601 in UTC. */
  readonly since: string
  /** How long it may give no sign of life. */
  readonly leaseMs: number
}

/** The highest generation as it was found; number 0, and free, when there is none yet. */
export interface Found {
  readonly generation: number
  readonly isFree: boolean
  /** Undefined when the file does not say: its machine crashed, it is being written, or a higher one has come. */
  readonly holder: Holder | undefined
  /** Changes with every sign of life of the holder. */
  readonly stamp: string
  /** Tells the file from every other one; empty when it is not there. */
  readonly file: string
}

/** A generation of one's own. The open file stays what it is whatever happens to its name. */
export interface Held {
  readonly folder: string
  readonly generation: number
  readonly token: string
  readonly descriptor: number
}

/**
 * Makes the folder of a lock, or opens it up to those who may use files of this mode.
 * @throws the system's error, or one with code LINKED: what is written for a lock stays where it is looked for
 */
export function prepareLockFolder(folder: string, mode: number): void {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (found?.isSymbolicLink()) throw fileProblem("LINKED", `"${folder}" is a symbolic link`)
  if (!found) {
    makeFolders(dirname(folder), mode)
    unless("EEXIST", () => mkdirSync(folder, folderModeFor(mode)))
  }
  allowInFolder(folder, mode)
}

/** The names of all files in the folder; none when it is missing. */
export const namesIn = (folder: string): readonly string[] => unless("ENOENT", () => readdirSync(folder)) ?? []

/** The highest generation in the folder. */
export function highest(folder: string, names: readonly string[] = namesIn(folder)): Found {
  const generation = highestOf(names)
  if (generation === 0) return { generation, ...MISSING, isFree: true }
  return { generation, ...readGeneration(join(folder, String(generation))) }
}

/**
 * Makes the generation one's own; undefined when another process came first.
 * @param mode of the file that the lock is for
 */
export function claim(folder: string, generation: number, holder: Holder, mode: number): Held | undefined {
  const descriptor = createWhole(folder, generation, holder, fileModeFor(mode))
  if (descriptor === undefined) return undefined
  if (highestOf(namesIn(folder)) === generation) {
    sweep(folder, generation)
    return { folder, generation, token: holder.token, descriptor }
  }
  // Since this process looked, others have made and removed this generation and made higher ones.
  closeSync(descriptor)
  removeIfThere(join(folder, String(generation)))
  return undefined
}

/** Whether it is certain that no other process has taken the lock over. */
export function isStillHeld({ folder, generation, token, descriptor }: Held): boolean {
  try {
    const found = highest(folder)
    if (found.generation !== generation || found.isFree) return false
    return found.holder ? found.holder.token === token : found.file === identityOf(fstatSync(descriptor))
  } catch {
    return false
  }
}

/** Gives a sign of life. */
export function renew(held: Held): void {
  try {
    futimesSync(held.descriptor, new Date(), new Date())
  } catch {
    // Without it the lease lapses, and the check before the rename finds out.
  }
}

/** Marks the own file as free. It stays, so that no number is ever used twice. */
export function release({ descriptor }: Held): void {
  try {
    // Its time says the same where a full disk has no room for the text.
    if (!unlessFull(() => writeSync(descriptor, FREE, 0))) futimesSync(descriptor, 0, 0)
    closeSync(descriptor)
  } catch {
    // The work is done all the same; others go on when this process has ended or its lease has lapsed.
  }
}

// Of the same length, so that one write in place turns one into the other.
const HELD = "held "
const FREE = "free "
const NEW = "new-"
const FORGOTTEN_MS = 3_600_000
const NO_LINKS: readonly unknown[] = ["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]

const isGeneration = (name: string) => /^\d+$/.test(name)
const highestOf = (names: readonly string[]) => Math.max(0, ...names.filter(isGeneration).map(Number))

const MISSING: Omit<Found, "generation"> = { isFree: false, holder: undefined, stamp: "", file: "" }

const identityOf = ({ dev, ino }: Stats) => `${dev}:${ino}`

function readGeneration(path: string): Omit<Found, "generation"> {
  const descriptor = unless("ENOENT", () => openRegular(path))
  if (descriptor === undefined) return MISSING
  try {
    const text = readFileSync(descriptor, "utf8")
    const stats = fstatSync(descriptor)
    const isFree = text.startsWith(FREE) || stats.mtimeMs === 0
    return { isFree, holder: parseHolder(text), stamp: `${stats.mtimeMs} ${text}`, file: identityOf(stats) }
  } finally {
    closeSync(descriptor)
  }
}

/** Creates the file with its text in one step; undefined when it is there already. */
function createWhole(folder: string, generation: number, holder: Holder, mode: number): number | undefined {
  const path = join(folder, String(generation))
  const temporary = join(folder, NEW + holder.token)
  const text = `${HELD}${JSON.stringify(holder)}\n`
  const descriptor = openSync(temporary, "wx+", mode)
  try {
    writeWhole(descriptor, text, mode)
    linkSync(temporary, path)
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    if (errnoOf(error) === "EEXIST") return undefined
    if (!NO_LINKS.includes(errnoOf(error))) throw error
    return createInSteps(path, text, mode)
  } finally {
    removeIfThere(temporary)
  }
}

/** For file systems without links. For a moment the file has no text; it then counts as held until a lease has passed. */
function createInSteps(path: string, text: string, mode: number): number | undefined {
  const descriptor = unless("EEXIST", () => openSync(path, "wx+", mode))
  if (descriptor === undefined) return undefined
  try {
    writeWhole(descriptor, text, mode)
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    unlinkSync(path)
    throw error
  }
}

/** The text as a whole or, where the disk is full, nothing of it. */
function writeWhole(descriptor: number, text: string, mode: number): void {
  giveMode(descriptor, mode)
  if (!unlessFull(() => writeFileSync(descriptor, text))) ftruncateSync(descriptor, 0)
}

/**
 * Removes older generations and what killed processes left. The generation before stays: where a listing of the folder
 * can miss the newest name, as on network file systems, one that missed it then fails to make it, and makes none below.
 */
function sweep(folder: string, generation: number): void {
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    const isOld = isGeneration(name) && Number(name) < generation - 1
    if (isOld || (name.startsWith(NEW) && isForgotten(path))) removeIfThere(path)
  }
}

function isForgotten(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs > FORGOTTEN_MS
}

function parseHolder(text: string): Holder | undefined {
  if (!text.startsWith(HELD)) return undefined
  try {
    const holder: unknown = JSON.parse(text.slice(HELD.length))
    return isHolder(holder) ? holder : undefined
  } catch {
    return undefined
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== "object" || value === null) return false
  const holder: { [key in keyof Holder]?: unknown } = value
  const texts = [holder.host, holder.boot, holder.pidNamespace, holder.start, holder.token, holder.since]
  const isPid = Number.isSafeInteger(holder.pid) && Number(holder.pid) > 0
  return isPid && Number(holder.leaseMs) > 0 && texts.every((text) => typeof text === "string")
}

function unless<T>(errno: string, step: () => T): T | undefined {
  try {
    return step()
  } catch (error) {
    if (errnoOf(error) === errno) return undefined
    throw error
  }
}

/** Whether it was done; a full disk, or quota, is no error. */
function unlessFull(step: () => void): boolean {
  try {
    step()
    return true
  } catch (error) {
    if (errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT") return false
    throw error
  }
}
