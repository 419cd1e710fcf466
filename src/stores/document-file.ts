/** One document in its file, with the log beside it. */
import { type BigIntStats, closeSync, fstatSync, readFileSync, statSync } from "node:fs"
import { contextIdOf } from "../core/context-id.js"
import type { ReadableFormat } from "../core/ports.js"
import { DataError } from "../data/data-error.js"
import type { ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { logPathOf } from "./beside-names.js"
import { errnoOf, fileError } from "./file-error.js"
import { type Belief, believe, type FileLog, readLog } from "./file-log.js"
import { sha256 } from "./hashes.js"
import { decodeUtf8, openRegular } from "./regular-file.js"

/** What a file holds, and what is known of it. */
export interface DocumentFile extends Belief {
  /** Of its text. */
  readonly sha256: string
  readonly isEmpty: boolean
  /** The document, or why the text is none (STORE_FAILED). */
  readonly document: ValueMap | StateError
  /** The context that the file is of. */
  readonly id: string | undefined
}

/**
 * Reads the file, which is no link, without a lock: document and log as they stood at one moment.
 * @param named the id that the file's name tells; without it the document tells its own
 * @returns undefined when there is no file
 * @throws StateError STORE_FAILED when it cannot be read
 */
export async function readDocumentFile(
  path: string,
  format: ReadableFormat,
  named?: string,
): Promise<DocumentFile | undefined> {
  const read = readTogether(path)
  if (!read) return undefined
  const { text, sha256, log } = read
  const document = await parse(text, path, format)
  const id = named ?? (document instanceof StateError ? undefined : contextIdOf(document))
  return { sha256, isEmpty: text === "", document, id, ...believe(log, sha256, id) }
}

/** What a file holds; its bytes, which are as large as the text, are gone when that is parsed. */
interface ReadText {
  /** Or why it is none. */
  readonly text: string | DataError
  /** Of its bytes. */
  readonly sha256: string
}

function readTogether(path: string): (ReadText & { readonly log: FileLog | undefined }) | undefined {
  try {
    for (;;) {
      const { stamp, ...read } = readStamped(path)
      const log = readLog(logPathOf(path))
      // Replaced meanwhile: the log may speak of a later document.
      if (stampOf(statSync(path, { bigint: true })) === stamp) return { ...read, log }
    }
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined
    throw fileError("STORE_FAILED", `read file "${path}"`, error)
  }
}

function readStamped(path: string): ReadText & { readonly stamp: string } {
  const descriptor = openRegular(path)
  try {
    const stamp = stampOf(fstatSync(descriptor, { bigint: true }))
    const bytes = readFileSync(descriptor)
    return { stamp, text: textOf(bytes), sha256: sha256(bytes) }
  } finally {
    closeSync(descriptor)
  }
}

const stampOf = ({ ino, size, mtimeNs }: BigIntStats) => `${ino} ${size} ${mtimeNs}`

function textOf(bytes: Buffer): string | DataError {
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    if (error instanceof DataError) return error
    throw error
  }
}

async function parse(text: string | DataError, path: string, format: ReadableFormat): Promise<ValueMap | StateError> {
  try {
    if (text instanceof DataError) throw text
    if (text === "") throw new DataError("the file is empty")
    return await format.read(text)
  } catch (error) {
    if (error instanceof DataError) return notADocument(path, error)
    throw error
  }
}

function notADocument(path: string, error: DataError): StateError {
  const place = error.line === undefined ? "" : `, line ${error.line}, column ${error.column}`
  return new StateError("STORE_FAILED", `File "${path}"${place}: ${error.message}`, {
    hint: "Nothing was changed. Repair or remove the file, or replace it by init with --overwrite.",
    cause: error,
  })
}
