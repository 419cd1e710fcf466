/** The names of what stands beside a file: hidden, in the same folder, and never too long for the file system. */
import { basename, dirname, join } from "node:path"
import { sha256 } from "./hashes.js"

/** The lock's folder. */
export const lockPathOf = (path: string): string => join(dirname(path), `.${stemOf(path)}.lock`)

/** The log of a document. */
export const logPathOf = (path: string): string => join(dirname(path), `.${stemOf(path)}.log`)

/** How the names of temporary files begin. */
export const temporaryPrefixOf = (path: string): string => `.${stemOf(path)}.`

/** Text that no other process and no other call has: for names, not for secrets. At most 40 characters. */
export const uniqueName = (): string => `${process.pid.toString(36)}${(counter++).toString(36)}${random()}${random()}`

let counter = 0
const random = () => Math.random().toString(36).slice(2, 10)

/** A name may have 255 bytes (NAME_MAX of all common file systems); the longest addition takes less than 55. */
const LONGEST_STEM = 200

/** The file's own name or, where additions would make it too long, a hash of it. */
function stemOf(path: string): string {
  const name = basename(path)
  if (Buffer.byteLength(name) <= LONGEST_STEM) return name
  return sha256(name)
}
