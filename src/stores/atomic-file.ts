/** Files that are replaced in one step: whoever reads sees the old text or the new one, also after a crash. */
import { closeSync, fsyncSync, lstatSync, openSync, readdirSync, renameSync, unlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { temporaryPrefixOf, uniqueName } from "./beside-names.js"
import { errnoOf, type FileErrorCode, fileError } from "./file-error.js"
import { giveMode, makeFolders, OWNER_ONLY } from "./permissions.js"
import { checkRegular } from "./regular-file.js"

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
 * the folder (POSIX: rename is atomic; it is on the disk when the folder is). A symbolic link is replaced itself; what
 * it leads to stays as it was.
 * @throws StateError with the code of the options, naming the path and the reason; what `beforeRename` throws as it is
 */
export function replaceFile(path: string, text: string | readonly Uint8Array[], options: ReplaceOptions): void {
  const { code, mode = OWNER_ONLY } = options
  const attempt = <T>(step: () => T) => attemptOn(path, code, step)
  attempt(() => prepareTarget(path, mode))
  const temporary = temporaryFor(path)
  try {
    attempt(() => writeSynced(temporary, text, mode))
    options.beforeRename?.()
    attempt(() => {
      renameSync(temporary, path)
      if (options.isDurable !== false) syncFolder(dirname(path))
    })
  } catch (error) {
    const isGone = !removeQuietly(temporary)
    // The next holder of a lock removes the file of one that it took for dead: then the check tells what happened.
    if (isGone) options.beforeRename?.()
    throw error
  }
}

/**
 * Removes the temporary files that killed writers left beside a file. A writer that is not dead, only slow, then
 * fails to rename its own.
 */
export function removeTemporaries(path: string): void {
  const folder = dirname(path)
  const prefix = temporaryPrefixOf(path)
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

const temporaryFor = (path: string) => join(dirname(path), `${temporaryPrefixOf(path)}${uniqueName()}.tmp`)

function attemptOn<T>(path: string, code: FileErrorCode, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw fileError(code, `write file "${path}"`, error)
  }
}

/** Whether it was there, as far as can be told: what went wrong before is the error that counts. */
function removeQuietly(path: string): boolean {
  try {
    return removeIfThere(path)
  } catch {
    return true
  }
}

function prepareTarget(path: string, mode: number): void {
  makeFolders(dirname(path), mode)
  const found = lstatSync(path, { throwIfNoEntry: false })
  // A rename would put the new file in the place of a device or a pipe; in that of a link it does no harm.
  if (found && !found.isSymbolicLink()) checkRegular(found)
}

function writeSynced(path: string, text: string | readonly Uint8Array[], mode: number): void {
  const descriptor = openSync(path, "wx", mode)
  try {
    giveMode(descriptor, mode)
    for (const part of typeof text === "string" ? [text] : text) writeFileSync(descriptor, part)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
