/** Where symbolic links lead, and where none is followed. */
import { lstatSync, readlinkSync, realpathSync } from "node:fs"
import { basename, dirname, join, resolve, sep } from "node:path"
import { DEFAULT_FOLDER } from "../core/default-config.js"
import { fileProblem } from "./file-error.js"

/**
 * Where a path leads: the end of its symbolic links, also when nothing is there yet.
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

/** The folder with all links resolved, as far as it is there. */
export function realFolder(folder: string): string {
  try {
    return realpathSync.native(folder)
  } catch {
    return inRealFolder(folder)
  }
}

/** The path with all links of its folders resolved, as far as they are there; its last name stays as it is. */
export function inRealFolder(path: string): string {
  const folder = dirname(path)
  return folder === path ? path : join(realFolder(folder), basename(path))
}

/**
 * Refuses a path whose default folder, or anything below that, is a symbolic link. The default folder is used without
 * being named, so a checked-out repository could bring it, and send the writer anywhere. Links in paths that the
 * operator configured, and above the default folder (macOS: /tmp), are the operator's own.
 * @throws an error with code LINKED that names the link
 */
export function refuseLinksOfDefault(path: string): void {
  const names = path.split(sep)
  const start = names.lastIndexOf(DEFAULT_FOLDER)
  for (let end = start + 1; start >= 0 && end <= names.length; end++) {
    const part = names.slice(0, end).join(sep)
    const isLink = lstatSync(part, { throwIfNoEntry: false })?.isSymbolicLink()
    if (isLink) throw fileProblem("LINKED", `"${part}" is a symbolic link`)
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
