/**
 * The log beside a document: what is known of it that its own text does not tell. It is written before the document, so
 * a crash in between leaves one entry too many; any tool may write the document without it. The hashes tell which.
 */
import type { LogEntry, Snapshot } from "../core/ports.js"
import { areTexts, isLogEntry, isObject, isRevision } from "./log-entry.js"
import { readBytes } from "./regular-file.js"

/** A commit, with the SHA-256 of the document's text after it. */
export interface FileLogEntry extends LogEntry {
  readonly sha256: string
}

type Known = Pick<Snapshot, "revision" | "lineage">

export interface FileLog {
  readonly id: string
  readonly lineage: string
  /** The document that the last commit changed, with the SHA-256 of its text; null when there was none. */
  readonly base: (Known & { readonly sha256: string }) | null
  /** Oldest first, at least one. */
  readonly entries: readonly FileLogEntry[]
}

/** What a log says of the document as it stands now. */
export interface Belief extends Known {
  /** The commits before and up to it. */
  readonly entries: readonly FileLogEntry[]
  /** Those of them that have surely been applied. */
  readonly certain: readonly FileLogEntry[]
}

/** The log at this path. A missing or unreadable one is undefined: a document must not become unreadable through it. */
export function readLog(path: string): FileLog | undefined {
  try {
    const log: unknown = JSON.parse(readBytes(path).toString())
    return isFileLog(log) ? log : undefined
  } catch {
    return undefined
  }
}

export const writeLog = (log: FileLog): string => `${JSON.stringify(log)}\n`

/**
 * @param sha256 of the document's text
 * @param id that the document is of
 */
export function believe(log: FileLog | undefined, sha256: string, id: string | undefined): Belief {
  const last = log?.entries.at(-1)
  if (!log || !last) return NOTHING
  const { lineage, base, entries } = log
  if (last.sha256 === sha256) return { revision: last.revision, lineage, entries, certain: entries }
  const before = entries.slice(0, -1)
  // The last commit was broken off before it came to the document.
  if (base?.sha256 === sha256) return { ...base, entries: before, certain: before }
  if (log.id !== id) return NOTHING
  // Another tool wrote the document: after the last commit, or instead of one that was broken off.
  return { revision: last.revision + 1, lineage, entries, certain: before }
}

const NOTHING: Belief = { revision: 0, lineage: "", entries: [], certain: [] }

type Unchecked<T> = { readonly [key in keyof T]?: unknown }

function isFileLog(value: unknown): value is FileLog {
  if (!isObject(value)) return false
  const { id, lineage, base, entries }: Unchecked<FileLog> = value
  const isList = Array.isArray(entries) && entries.length > 0 && entries.every(isEntry)
  return areTexts(id, lineage) && (base === null || isBase(base)) && isList
}

function isBase(value: unknown): boolean {
  if (!isObject(value)) return false
  const { revision, lineage, sha256 }: Unchecked<NonNullable<FileLog["base"]>> = value
  return isRevision(revision) && areTexts(lineage, sha256)
}

const isEntry = (value: unknown): value is FileLogEntry =>
  isLogEntry(value) && "sha256" in value && typeof value.sha256 === "string"
