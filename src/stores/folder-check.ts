/** Whether the file stores and caches can be written: nothing is made for it. */
import { accessSync, constants, statfsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import type { Finding } from "../core/ports.js"
import { lockPathOf } from "./beside-names.js"
import { fileProblem, hintFor, reasonOf } from "./file-error.js"

/**
 * @param path of a file; the folders that are missing on the way to it would be made
 * @param lockedBy the path whose lock guards the file: by default its own
 */
export function checkWritable(about: string, path: string, lockedBy = path): Finding {
  try {
    checkFolder(existingFolder(dirname(path)))
    const lock = lockPathOf(lockedBy)
    if (isThere(lock)) accessSync(lock, constants.R_OK | constants.W_OK | constants.X_OK)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found && !found.isFile()) throw fileProblem("EFTYPE", "something else than a file is there")
    if (found) accessSync(path, constants.R_OK)
    return { level: "ok", about, text: `${path} can be written` }
  } catch (error) {
    const text = `${path} cannot be written: ${reasonOf(error)}`
    return { level: "error", about, text, hint: hintFor(error), code: "STORE_FAILED" }
  }
}

const isThere = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined

const existingFolder = (path: string): string =>
  isThere(path) || dirname(path) === path ? path : existingFolder(dirname(path))

function checkFolder(folder: string): void {
  if (!statSync(folder).isDirectory()) throw fileProblem("ENOTDIR", `"${folder}" is no folder`)
  accessSync(folder, constants.W_OK | constants.X_OK)
  const { bavail, type } = statfsSync(folder, { bigint: true })
  // Some file systems of containers and networks do not tell: they say 0 of 0.
  if (bavail === 0n && type !== 0n && statfsSync(folder).blocks > 0) throw fileProblem("ENOSPC", "no space left on it")
}
