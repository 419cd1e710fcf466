import { type ErrorCode, messageOf, StateError } from "../errors.js"

/** Whether a file belongs to a primary or to a cache decides what its failure means. */
export type FileErrorCode = Extract<ErrorCode, "STORE_FAILED" | "CACHE_FAILED">

/** The `code` of a system error (`ENOENT`), if it is one. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

/** A failure that is found here, not by the system, but handled like one of the system's. */
export const fileProblem = (code: string, message: string): Error => Object.assign(new Error(message), { code })

/** Why a system call failed, without its name and path: `EACCES: permission denied`. */
export const reasonOf = (error: unknown): string =>
  errnoOf(error) ? (messageOf(error).split(", ", 1)[0] ?? "") : messageOf(error)

/** What to do about a failed system call, where there is something to say. */
export const hintFor = (error: unknown): string | undefined => HINTS[errnoOf(error) ?? ""]

/**
 * A failed file operation as the error a user sees. A StateError stays as it is.
 * @param action what was tried, on what: `write file "x"`
 */
export function fileError(code: FileErrorCode, action: string, error: unknown): StateError {
  if (error instanceof StateError) return error
  return new StateError(code, `Could not ${action}: ${reasonOf(error)}`, {
    hint: hintFor(error),
    cause: error,
  })
}

const PERMISSION = "Check the permissions of the file and of its folder, and the user the command runs as."
const SPACE =
  "Free some space on the disk (delete contexts that are no longer needed), or choose a path on another one."
const HINTS: Readonly<Record<string, string>> = {
  EACCES: PERMISSION,
  EPERM: PERMISSION,
  ENOSPC: SPACE,
  EDQUOT: SPACE,
  EROFS:
    "Name paths on a file system that can be written: those of the config (--config), or --output-dir for the caches.",
  ENOTDIR: "A part of the path that should be a folder is a file: choose another path.",
  EEXIST: "A part of the path that should be a folder is a file: choose another path.",
  EFTYPE: "The path is that of a pipe, a socket or a device: name a regular file.",
  EISDIR: "The path is that of a folder: name a file in it.",
  ENAMETOOLONG: "Choose a shorter id or path.",
  ELOOP: "The symbolic links of the path lead in a circle.",
  LINKED: "No link is followed there: remove it, or choose another path.",
}
