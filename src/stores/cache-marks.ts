/** What is known of the caches in one folder: which snapshot each was made from. */
import type { Snapshot } from "../core/ports.js"
import { readBytes } from "./regular-file.js"

export interface CacheMark extends Pick<Snapshot, "id" | "lineage" | "revision"> {
  /** Of the cache's text; another one says that the mark does not speak of what is there now. */
  readonly sha256: string
}

/** By file name. */
export type CacheMarks = ReadonlyMap<string, CacheMark>

/** The marks in this file. What is missing or unreadable is not known: then the primary is asked. */
export function readMarks(path: string): CacheMarks {
  try {
    const marks: unknown = JSON.parse(readBytes(path).toString())
    return new Map(Object.entries(marks ?? {}).filter((entry): entry is [string, CacheMark] => isMark(entry[1])))
  } catch {
    return new Map()
  }
}

export const writeMarks = (marks: CacheMarks): string => `${JSON.stringify(Object.fromEntries(marks))}\n`

function isMark(value: unknown): value is CacheMark {
  if (typeof value !== "object" || value === null) return false
  const { id, lineage, revision, sha256 }: { [key in keyof CacheMark]?: unknown } = value
  return [id, lineage, sha256].every((text) => typeof text === "string") && Number.isSafeInteger(revision)
}
