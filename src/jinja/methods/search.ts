/** Looking for one text in another, by code points. */
import { valueError } from "../errors.js"
import type { Runtime } from "../runtime.js"
import { pointIndex, sliceText, textLength } from "../text.js"
import type { Py } from "../values.js"
import { stringOf, wholeOf } from "./string.js"

/** Runs on `text[start:end]`; a start behind the end holds nothing, not even the empty text. */
export function within<T>(
  text: string,
  start: Py | undefined,
  end: Py | undefined,
  run: (part: string, isValid: boolean, from: number) => T,
): T {
  if (start === undefined && end === undefined) return run(text, true, 0)
  const length = textLength(text)
  const place = (value: Py | undefined, fallback: number) => {
    if (value === undefined || value === null) return fallback
    const at = wholeOf(value)
    return at < 0 ? Math.max(0, at + length) : at
  }
  const from = place(start, 0)
  const to = Math.min(length, place(end, length))
  return run(sliceText(text, Math.min(from, length), to), from <= to, from)
}

export interface Search {
  readonly sub: Py
  readonly start: Py | undefined
  readonly end: Py | undefined
  readonly fromRight: boolean
}

export function find(rt: Runtime, text: string, { sub, start, end, fromRight }: Search): bigint {
  const needle = stringOf(sub)
  rt.search(text, needle)
  return within(text, start, end, (part, isValid, from) => {
    const at = fromRight ? part.lastIndexOf(needle) : part.indexOf(needle)
    return BigInt(at < 0 || !isValid ? -1 : pointIndex(part, at) + from)
  })
}

export function found(at: bigint): bigint {
  if (at < 0n) throw valueError("substring not found")
  return at
}

export function occurrences(rt: Runtime, text: string, needle: string): number {
  rt.search(text, needle)
  return needle === "" ? textLength(text) + 1 : text.split(needle).length - 1
}
