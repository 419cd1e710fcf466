/** What a log must hold to be read: anyone may have written there. */
import type { LogEntry } from "../core/ports.js"

type Unchecked<T> = { readonly [key in keyof T]?: unknown }

export const isObject = (value: unknown): value is object => typeof value === "object" && value !== null
export const isRevision = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
export const areTexts = (...values: readonly unknown[]): boolean => values.every((value) => typeof value === "string")

export function isLogEntry(value: unknown): value is LogEntry {
  if (!isObject(value)) return false
  const { revision, commitId, time, actor, assignments }: Unchecked<LogEntry> = value
  return (
    isRevision(revision) && areTexts(commitId, time, actor) && Array.isArray(assignments) && areTexts(...assignments)
  )
}
