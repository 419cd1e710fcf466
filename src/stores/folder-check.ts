/** Whether the file stores and caches can be written: nothing is made for it. */
import { accessSync, constants, existsSync } from "node:fs"
import { dirname } from "node:path"
import type { Finding } from "../core/ports.js"
import { reasonOf } from "./file-error.js"

/** @param path of a file; the folders that are missing on the way to it would be made */
export function checkWritable(about: string, path: string): Finding {
  const folder = existingFolder(dirname(path))
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    if (existsSync(path)) accessSync(path, constants.R_OK)
    return { level: "ok", about, text: `${path} can be written` }
  } catch (error) {
    const hint = "Check the permissions of the folder and the user that this runs as."
    return { level: "error", about, text: `${path} cannot be written: ${reasonOf(error)}`, hint, code: "STORE_FAILED" }
  }
}

const existingFolder = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : existingFolder(dirname(path))
