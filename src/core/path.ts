/**
 * Paths into a document, in the syntax of jsonpath-ng without `$`: `state.list[0].name`, `state."key.with.dots"`,
 * `state['a b']`. A path names one place; {@link ./query.ts} adds what finds many.
 */
import { isList, isMap, type Value } from "../data/value.js"
import { StateError } from "../errors.js"

/** A text is a key of a map, a number an index into a list (negative: from its end). */
export type Segment = string | number
export type Path = readonly Segment[]

/** One token of the path syntax; `name` covers bare and quoted keys. */
export type Token =
  | { readonly kind: "name"; readonly text: string; readonly quoted: boolean }
  | { readonly kind: "symbol"; readonly text: string }

// A bare name is anything but the characters that mean something here or in a shell or JSONPath filter.
const TOKEN =
  /\s*(?:(\.\.|[.[\]()|*$,:&])|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(`[a-z]+`)|([^\s.[\]()|*$,:&"'`?={}<>!]+))\s*/uy

/**
 * Splits a path or query into tokens.
 * @throws StateError USAGE, naming the text and the place that is not understood
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (!match) throw syntaxError(text, `unexpected ${JSON.stringify(text[start])} at character ${start + 1}`)
    const [, symbol, double, single, operator, bare] = match
    const quoted = double ?? single
    if (quoted !== undefined) tokens.push({ kind: "name", text: quoted.replace(/\\(.)/gu, "$1"), quoted: true })
    else if (bare !== undefined) tokens.push({ kind: "name", text: bare, quoted: false })
    else tokens.push({ kind: "symbol", text: (symbol ?? operator)! })
  }
  return tokens
}

export const syntaxError = (text: string, problem: string) =>
  new StateError("USAGE", `Cannot read the path "${text}": ${problem}`, {
    hint: 'Write a.b[0].c; quote keys with other characters: a."b.c".',
  })

/**
 * Reads a path that names one place.
 * @throws StateError USAGE for an empty path, wildcards, slices and other forms that may name several places
 */
export function parsePath(text: string): Path {
  // The next one last: taking the first of many moves all others.
  const tokens = tokenize(text).toReversed()
  if (isSymbol(tokens.at(-1), "$")) {
    tokens.pop()
    if (isSymbol(tokens.at(-1), ".")) tokens.pop()
  }
  const path: Segment[] = []
  while (tokens.length > 0) {
    if (isSymbol(tokens.at(-1), "[")) path.push(bracketed(tokens, text))
    else {
      if (path.length > 0 && !isSymbol(tokens.pop(), ".")) throw syntaxError(text, 'expected "." or "["')
      const name = tokens.pop()
      if (name?.kind !== "name")
        throw syntaxError(text, name ? `"${name.text}" cannot stand here` : "it ends too early")
      path.push(name.text)
    }
  }
  if (path.length === 0) throw syntaxError(text, "it is empty")
  return path
}

function bracketed(tokens: Token[], text: string): Segment {
  tokens.pop()
  const inner = tokens.pop()
  if (inner?.kind !== "name" || !isSymbol(tokens.pop(), "]")) throw syntaxError(text, "expected [INDEX] or ['KEY']")
  if (inner.quoted) return inner.text
  if (!INDEX.test(inner.text))
    throw syntaxError(text, `"${inner.text}" is not an index; write ['${inner.text}'] for a key`)
  return Number(inner.text)
}

/** What may stand in brackets without quotes. */
export const INDEX = /^-?\d{1,15}$/

export const isSymbol = (token: Token | undefined, text: string) => token?.kind === "symbol" && token.text === text

const BARE = /^[^\s.[\]()|*$,:&"'`?={}<>!]+$/u

/** The text of a path, quoted where it must be, so that {@link parsePath} gives it back. */
export function showPath(path: Path): string {
  return path
    .map((segment, i) => {
      if (typeof segment === "number") return `[${segment}]`
      const name = BARE.test(segment) ? segment : `"${segment.replace(/["\\]/g, "\\$&")}"`
      return i === 0 ? name : `.${name}`
    })
    .join("")
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(root: Value, path: Path): Value | undefined {
  let value: Value | undefined = root
  for (const segment of path) {
    if (typeof segment === "number") value = isList(value) ? value.at(segment) : undefined
    else value = isMap(value) ? value.get(segment) : undefined
  }
  return value
}
