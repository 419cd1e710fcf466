/**
 * Assignments as they are written on a command line or produced by a template: `PATH=TEXT` and its forms. The strict
 * style is the subcommands', the legacy one that of `--set` in the Python tool, which templates' `key`/`to` share.
 */
import { parseJson } from "../data/json.js"
import { isList, type Value } from "../data/value.js"
import { messageOf, StateError } from "../errors.js"
import type { Assignment } from "./assignment.js"
import { ID_PATH } from "./context-id.js"
import { type Path, parsePath, showPath } from "./path.js"

// The first "=" that stands outside quotes; before it the mark of a list and the ":" of JSON.
const STRICT = /^((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^"'=])*?)(\[\]|\{\})?(:)?=(.*)$/s

/**
 * `PATH=TEXT`, `PATH:=JSON`, `PATH[]=a,b` and `PATH{}=a,b` (append, append unique; `[]` empties; with `:=` the items
 * come from a JSON list). Nothing is trimmed and an empty text is a value.
 * @throws StateError USAGE
 */
export function parseAssignment(text: string): Assignment {
  const match = STRICT.exec(text)
  if (!match) {
    throw new StateError("USAGE", `"${text}" is not an assignment`, {
      hint: "Write PATH=TEXT, PATH:=JSON or PATH[]=a,b.",
    })
  }
  const [, pathText = "", mark, json, rest = ""] = match
  const path = parseTarget(pathText)
  const value = json ? parseJsonValue(text, rest) : rest
  return mark ? listAssignment(path, mark === "{}", value) : { op: "set", path, value }
}

/** `PATH[]`/`PATH{}`/`PATH` with a value that was read from elsewhere, as `--set-file` has it. @throws StateError USAGE */
export function assignmentTo(target: string, value: Value): Assignment {
  const mark = /(\[\]|\{\})$/.exec(target)?.[0]
  const path = parseTarget(mark ? target.slice(0, -2) : target)
  return mark ? listAssignment(path, mark === "{}", value) : { op: "set", path, value }
}

/** `PATH` to remove. @throws StateError USAGE */
export const parseUnset = (text: string): Assignment => ({ op: "unset", path: parseTarget(text) })

/** `PATH` (by 1) or `PATH=N`, N an integer or a decimal number. @throws StateError USAGE */
export function parseIncrement(text: string): Assignment {
  const [, pathText = "", number = "1"] = /^(.*?)(?:=([^=]*))?$/s.exec(text) ?? []
  if (!/^[-+]?\d{1,1000}(\.\d+)?$/.test(number)) {
    throw new StateError("USAGE", `"${pathText}=": what follows is not a number`, { hint: "Write PATH or PATH=N." })
  }
  const by = number.includes(".") ? Number(number) : BigInt(number.replace("+", ""))
  return { op: "increment", path: parseTarget(pathText), by }
}

/** `by` added to the number at a path. @throws StateError USAGE */
export const incrementBy = (target: string, by: bigint | number): Assignment => ({
  op: "increment",
  path: parseTarget(target),
  by,
})

/** Splits a `NAME=REST` argument at its first "=" outside quotes. @throws StateError USAGE naming the option */
export function splitPair(text: string, option: string): readonly [string, string] {
  const match = /^((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^"'=])*)=(.*)$/s.exec(text)
  if (!match) throw new StateError("USAGE", `${option}: "${text}" has no "="`, { hint: `Write ${option} NAME=VALUE.` })
  return [match[1]!, match[2]!]
}

function parseTarget(text: string): Path {
  const path = parsePath(text)
  if (showPath(path) === showPath(ID_PATH)) {
    throw new StateError("USAGE", `"${text}" cannot be set: it names the context`, {
      hint: "Run init with another id.",
    })
  }
  return path
}

function parseJsonValue(assignment: string, json: string): Value {
  try {
    return parseJson(json)
  } catch (cause) {
    throw new StateError("USAGE", `"${assignment.split("=", 1)[0]}=": the value is not JSON: ${messageOf(cause)}`, {
      hint: 'A text needs quotes there: PATH:="text"; or write PATH=text.',
      cause,
    })
  }
}

/** A text lists its items with commas, and the text `[]` empties the list; a list gives its items, another value is one. */
function listAssignment(path: Path, unique: boolean, value: Value): Assignment {
  if (value === "[]") return { op: "clear", path }
  const items = typeof value === "string" ? splitItems(value) : isList(value) ? value : [value]
  return { op: "append", path, items, unique }
}

const splitItems = (text: string) => (text === "" ? [] : text.split(","))

/** One pair of the legacy style; `[]` or `{}` may stand anywhere in its key, and only "." parts a path. */
export interface LegacyPair {
  readonly key: string
  readonly value: string
}

/**
 * The pairs of a legacy `--set` value: parted by `|`, the first `=` splits, both sides trimmed.
 * @param warn is told of what is no pair; it is skipped
 */
export function legacyPairs(text: string, warn: (message: string) => void): readonly LegacyPair[] {
  return text
    .split("|")
    .filter((part) => part !== "")
    .flatMap((part) => legacyPair(part, warn))
}

/** One legacy pair, without the splitting at `|`; empty when it is none. */
export function legacyPair(text: string, warn: (message: string) => void): readonly LegacyPair[] {
  const at = text.indexOf("=")
  const [key, value] = at < 0 ? [text.trim(), ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  if (key !== "" && value !== "") return [{ key, value }]
  // Not the text itself: it may be the rest of a secret that held a "|".
  warn(`a part of ${text.length} characters${key ? "" : " without a path"} is no PATH=VALUE pair and is skipped`)
  return []
}

/** The assignment of a legacy key: `a.b`, `a.b[]`, `a.b{}`; nothing else of a key has a meaning. */
export function legacyAssignment(key: string, value: Value): Assignment {
  const path = key.replaceAll("[]", "").replaceAll("{}", "").split(".")
  if (key.includes("{}")) return listAssignment(path, true, value)
  return key.includes("[]") ? listAssignment(path, false, value) : { op: "set", path, value }
}
