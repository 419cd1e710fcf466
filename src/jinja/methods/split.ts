/** `split` and `rsplit`. */

import { PyList } from "../containers.js"
import { typeError, valueError } from "../errors.js"
import type { Runtime } from "../runtime.js"
import { lstrip, rstrip, SPACE_CLASS, words } from "../text.js"
import { isInt, isText, type Py, textOf, toInt, typeName } from "../values.js"

export function splitText(
  rt: Runtime,
  text: string,
  sep: Py | undefined,
  most: Py | undefined,
  side: "left" | "right",
): PyList {
  if (most !== undefined && !isInt(most))
    throw typeError(`'${typeName(most)}' object cannot be interpreted as an integer`)
  const limit = most === undefined || toInt(most) < 0n ? Infinity : Number(toInt(most))
  const parts =
    sep === undefined || sep === null ? splitSpace(text, limit, side) : splitBy(rt, text, separator(sep), limit, side)
  rt.items(parts.length)
  return new PyList(parts)
}

function separator(sep: Py): string {
  if (!isText(sep)) throw typeError(`must be str or None, not ${typeName(sep)}`)
  if (textOf(sep) === "") throw valueError("empty separator")
  return textOf(sep)
}

function splitBy(rt: Runtime, text: string, mark: string, limit: number, side: "left" | "right"): string[] {
  rt.search(text, mark)
  const parts = text.split(mark)
  if (parts.length - 1 <= limit) return parts
  const kept = parts.length - limit
  return side === "left"
    ? [...parts.slice(0, limit), parts.slice(limit).join(mark)]
    : [parts.slice(0, kept).join(mark), ...parts.slice(kept)]
}

function splitSpace(text: string, limit: number, side: "left" | "right"): string[] {
  const all = words(text)
  // With as many parts as allowed, the outer one keeps the white space at its outer end.
  if (all.length - 1 < limit) return all
  return side === "left" ? splitLeft(lstrip(text), limit) : splitRight(rstrip(text), all, limit)
}

function splitLeft(text: string, limit: number): string[] {
  const gap = new RegExp(`${SPACE_CLASS}+`, "g")
  const parts: string[] = []
  let start = 0
  while (parts.length < limit) {
    gap.lastIndex = start
    const match = gap.exec(text)
    if (!match) break
    parts.push(text.slice(start, match.index))
    start = match.index + match[0].length
  }
  return [...parts, text.slice(start)]
}

function splitRight(text: string, all: readonly string[], limit: number): string[] {
  let rest = text
  const parts: string[] = []
  for (const word of all.slice(all.length - limit).reverse()) {
    parts.unshift(word)
    rest = rstrip(rest.slice(0, rest.length - word.length))
  }
  return [rest, ...parts]
}
