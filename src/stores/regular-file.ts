/**
 * Reading files that anyone may have put there, as a checked-out repository does. A pipe could keep the reader waiting,
 * a device feed it for ever, a link show it a file of somebody else: only regular files are read.
 */
import { isUtf8 } from "node:buffer"
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from "node:fs"
import { DataError } from "../data/data-error.js"
import { fileProblem } from "./file-error.js"
import { sha256Of } from "./hashes.js"

/**
 * Opens a file for reading. Links on the way to its folder are followed, the file itself must not be one.
 * @throws the system's error, or one like it: EISDIR, EFTYPE, LINKED
 */
export function openRegular(path: string): number {
  checkRegular(lstatSync(path))
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    checkRegular(fstatSync(descriptor))
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** The bytes of a file. @throws as {@link openRegular} */
export const readBytes = (path: string): Buffer => withRegular(path, (descriptor) => readFileSync(descriptor))

/** The text of a file; its bytes, which are as large, are gone when it is parsed. @throws as those that it calls */
export const readText = (path: string): string => decodeUtf8(readBytes(path))

/** The SHA-256 of a file. @throws as {@link openRegular} */
export const hashFile = (path: string): string => withRegular(path, sha256Of)

function withRegular<T>(path: string, action: (descriptor: number) => T): T {
  const descriptor = openRegular(path)
  try {
    return action(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** @throws DataError when the bytes are not UTF-8: what is decoded loosely would be believed, and written back */
export function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new DataError("the text is not UTF-8")
  return bytes.toString()
}

/** @throws an error with code EISDIR, EFTYPE, LINKED */
export function checkRegular(stats: Stats): void {
  if (stats.isSymbolicLink()) throw fileProblem("LINKED", "it is a symbolic link")
  if (stats.isDirectory()) throw fileProblem("EISDIR", "it is a folder")
  if (!stats.isFile()) throw fileProblem("EFTYPE", "it is not a regular file")
}
