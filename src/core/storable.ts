import { MAX_INT_DIGITS } from "../data/json.js"
import { isList, isMap, MAX_DEPTH, type Value, type ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { type Path, type Segment, showPath } from "./path.js"

/**
 * Refuses a document that could be written but not read again: one nested deeper than texts are read, with an int of
 * more digits than are read, or with a lone UTF-16 surrogate (JSON's `"\ud800"`), which UTF-8 cannot hold.
 * @throws StateError LIMIT_EXCEEDED, INPUT_INVALID
 */
export function checkStorable(document: ValueMap): void {
  check(document, [])
}

/** @param path where the value stands; one list for the whole walk, for it is long and rarely needed */
function check(value: Value, path: Segment[]): void {
  if (typeof value === "string") checkText(value, path)
  if (typeof value === "bigint") checkInt(value, path)
  if (!isMap(value) && !isList(value)) return
  if (path.length >= MAX_DEPTH) {
    throw new StateError("LIMIT_EXCEEDED", `The document would be nested more than ${MAX_DEPTH} levels deep`, {
      hint: "Nothing was changed.",
    })
  }
  if (isList(value)) for (let i = 0; i < value.length; i++) checkItem(value[i]!, i, path)
  else
    for (const [key, item] of value) {
      checkText(key, path)
      checkItem(item, key, path)
    }
}

function checkItem(item: Value, step: Segment, path: Segment[]): void {
  path.push(step)
  check(item, path)
  path.pop()
}

const LARGEST_INT = 10n ** BigInt(MAX_INT_DIGITS)

function checkInt(int: bigint, path: Path): void {
  if (int < LARGEST_INT && int > -LARGEST_INT) return
  throw new StateError("LIMIT_EXCEEDED", `"${showPath(path)}" would have more than ${MAX_INT_DIGITS} digits`, {
    hint: "Nothing was changed.",
  })
}

function checkText(text: string, path: Path): void {
  if (text.isWellFormed()) return
  throw new StateError(
    "INPUT_INVALID",
    `"${showPath(path).toWellFormed()}" holds a lone surrogate, which no store can keep`,
    {
      hint: "Nothing was changed. Write characters beyond U+FFFF as a pair of surrogates.",
    },
  )
}
