/** Files that are replaced in one step: whoever reads sees the old text or the new one, also after a crash. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { errnoOf, type FileErrorCode, fileError } from "./file-error.js"

export interface ReplaceOptions {
  /** What a failure means. */
  readonly code: FileErrorCode
  /** Permissions of the new file, whatever the old one had. Default 0600. */
  readonly mode?: number | undefined
  /** Whether the new text is surely the one that a power failure leaves, not the old one. Default true. */
  readonly isDurable?: boolean | undefined
  /** Called when all is written, right before the rename; when it throws, the target stays as it was. */
  readonly beforeRename?: () => void
}

/**
 * Replaces the text of a file, or makes the file and its folders: a temporary file beside it, fsync, rename, fsync of
 * the folder (POSIX: rename is atomic; it is on the disk when the folder is). A symbolic link stays one.
 * @throws StateError with the code of the options, naming the path and the reason; what `beforeRename` throws as it is
 */
export function replaceFile(path: string, text: string | Uint8Array, options: ReplaceOptions): void {
  const attempt = <T>(step: () => T) => attemptOn(path, options.code, step)
  const target = attempt(() => prepareTarget(path))
  const temporary = temporaryFor(target)
  try {
    attempt(() => writeSynced(temporary, text, options.mode ?? 0o600))
    options.beforeRename?.()
    attempt(() => {
      renameSync(temporary, target)
      if (options.isDurable !== false) syncFolder(dirname(target))
    })
  } catch (error) {
    const isGone = !removeIfThere(temporary)
    // The next holder of a lock removes the file of one that it took for dead: then the check tells what happened.
    if (isGone) options.beforeRename?.()
    throw error
  }
}

/** Opens for reading, but does not wait where the path is a pipe that nobody writes to. */
export const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** The bytes of a file. */
export function readBytes(path: string): Buffer {
  const descriptor = openSync(path, READ_ONLY)
  try {
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Where writing to the path really writes: the end of its symbolic links, also when nothing is there yet.
 * @throws the system's error ELOOP when the links lead in a circle
 */
export function resolveLinks(path: string): string {
  let target = path
  for (let hops = 0; hops < 40; hops++) {
    const link = readLink(target)
    if (link === undefined) return target
    // What is relative in a link is so to the real folder of the link.
    target = resolve(realpathSync(dirname(target)), link)
  }
  return realpathSync(target)
}

/**
 * Removes the temporary files that killed writers left beside a file. A writer that is not dead, only slow, then
 * fails to rename its own.
 */
export function removeTemporaries(path: string): void {
  const folder = dirname(path)
  const prefix = temporaryPrefix(path)
  for (const name of readdirSync(folder)) {
    // A dot in between belongs to another file, whose name begins with that of this one.
    const isOwn = name.startsWith(prefix) && /^[0-9a-z]+\.tmp$/.test(name.slice(prefix.length))
    if (isOwn) removeIfThere(join(folder, name))
  }
}

/** Removes a file; whether there was one. @throws the system's error unless it is ENOENT */
export function removeIfThere(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false
    throw error
  }
}

/** Makes the names in a folder durable. What cannot sync a folder (Windows, some network file systems) goes without. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return
  const descriptor = openSync(folder, "r")
  try {
    fsyncSync(descriptor)
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "ENOSYS"].includes(errnoOf(error) ?? "")) throw error
  } finally {
    closeSync(descriptor)
  }
}

/** Text that no other process and no other call has: for names, not for secrets. */
export const uniqueName = (): string => `${process.pid.toString(36)}${(counter++).toString(36)}${random()}${random()}`

let counter = 0
const random = () => Math.random().toString(36).slice(2, 10)

const temporaryPrefix = (path: string) => `.${basename(path)}.`
const temporaryFor = (path: string) => join(dirname(path), `${temporaryPrefix(path)}${uniqueName()}.tmp`)

function attemptOn<T>(path: string, code: FileErrorCode, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw fileError(code, `write file "${path}"`, error)
  }
}

function prepareTarget(path: string): string {
  const target = resolveLinks(path)
  mkdirSync(dirname(target), { recursive: true })
  const found = lstatSync(target, { throwIfNoEntry: false })
  // A rename would put the new file in the place of a device or a pipe.
  if (found && !found.isFile()) throw new Error(found.isDirectory() ? "it is a folder" : "it is not a regular file")
  return target
}

function writeSynced(path: string, text: string | Uint8Array, mode: number): void {
  const descriptor = openSync(path, "wx", mode)
  try {
    giveMode(descriptor, mode)
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The umask takes from the mode of open. A file system without modes (FAT) may refuse the call; open did its best. */
function giveMode(descriptor: number, mode: number): void {
  if ((fstatSync(descriptor).mode & 0o7777) === mode) return
  try {
    fchmodSync(descriptor, mode)
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "ENOSYS"].includes(errnoOf(error) ?? "")) throw error
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // No link (EINVAL) or nothing there; whatever else is wrong shows when the file is opened.
    return undefined
  }
}
