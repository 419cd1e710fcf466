/** Methods of str. */

import { pythonItem } from "../access.js"
import { PyList, PyTuple } from "../containers.js"
import { indexError, typeError, valueError } from "../errors.js"
import { strFormat, strFormatMap } from "../format/str-format.js"
import { contains, itemsOf } from "../iterate.js"
import type { Runtime } from "../runtime.js"
import { type Definition, defineMethod } from "../signature.js"
import {
  capitalize,
  casefold,
  chars,
  isSpace,
  lower,
  lstrip,
  rstrip,
  splitLines,
  strip,
  textLength,
  upper,
} from "../text.js"
import { isInt, isText, type Py, textOf, toInt, typeName } from "../values.js"
import { encode } from "./bytes.js"
import { find, found, occurrences, within } from "./search.js"
import { splitText } from "./split.js"
import { makeTranslation, translate } from "./translate.js"

/** Methods that take nothing and give what a function makes of the text. */
const plain = (name: string, run: (text: string) => Py): Definition =>
  defineMethod(name, (rt, self: string) => {
    rt.tick(self.length >>> 3)
    return run(self)
  })

/** A run of letters that have case begins a word and is its rest. */
const casedRun = () => /[\p{Lowercase}\p{Uppercase}\p{Lt}]+/gu

const title = (text: string) => text.replace(casedRun(), capitalize)

const allOf = (pattern: () => RegExp) => (text: string) => text !== "" && pattern().test(text)

export const STRING_METHODS = {
  upper: plain("upper", upper),
  lower: plain("lower", lower),
  casefold: plain("casefold", casefold),
  capitalize: plain("capitalize", capitalize),
  title: plain("title", title),
  swapcase: plain("swapcase", (text) =>
    text.replace(/(\p{Uppercase}+)|\p{Lowercase}+/gu, (run, isUpper) => (isUpper ? lower(run) : upper(run))),
  ),
  isalpha: plain(
    "isalpha",
    allOf(() => /^\p{L}+$/u),
  ),
  isalnum: plain(
    "isalnum",
    allOf(() => /^[\p{L}\p{N}]+$/u),
  ),
  isascii: plain("isascii", (text) => !/[^\x00-\x7f]/.test(text)),
  isdecimal: plain(
    "isdecimal",
    allOf(() => /^\p{Nd}+$/u),
  ),
  isdigit: plain(
    "isdigit",
    allOf(() => /^[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨]+$/u),
  ),
  isnumeric: plain(
    "isnumeric",
    allOf(() => /^\p{N}+$/u),
  ),
  isidentifier: plain(
    "isidentifier",
    allOf(() => /^[\p{ID_Start}_]\p{ID_Continue}*$/u),
  ),
  islower: plain("islower", (text) => isLowerChar(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text)),
  isupper: plain("isupper", (text) => isUpperChar(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text)),
  istitle: plain("istitle", isTitle),
  isspace: plain("isspace", isSpace),
  isprintable: plain("isprintable", (text) => !/(?! )[\p{C}\p{Z}]/u.test(text)),
  strip: defineMethod("strip chars=", (_rt, self: string, set?: Py) => stripped(self, set, true, true)),
  lstrip: defineMethod("lstrip chars=", (_rt, self: string, set?: Py) => stripped(self, set, true, false)),
  rstrip: defineMethod("rstrip chars=", (_rt, self: string, set?: Py) => stripped(self, set, false, true)),
  split: defineMethod("split / sep= maxsplit=", (rt, self: string, sep?: Py, most?: Py) =>
    splitText(rt, self, sep, most, "left"),
  ),
  rsplit: defineMethod("rsplit / sep= maxsplit=", (rt, self: string, sep?: Py, most?: Py) =>
    splitText(rt, self, sep, most, "right"),
  ),
  splitlines: defineMethod("splitlines / keepends=", (rt, self: string, keep: Py = false) =>
    listOf(rt, splitLines(self, wholeOf(keep) !== 0)),
  ),
  partition: defineMethod("partition sep", (rt, self: string, sep: Py) => partition(rt, self, sep, false)),
  rpartition: defineMethod("rpartition sep", (rt, self: string, sep: Py) => partition(rt, self, sep, true)),
  join: defineMethod("join iterable", (rt, self: string, items: Py) => joinTexts(rt, self, items)),
  replace: defineMethod("replace old new count=", (rt, self: string, old: Py, by: Py, count: Py = -1n) =>
    replaceText(rt, self, stringOf(old, "replace() argument 1"), stringOf(by, "replace() argument 2"), wholeOf(count)),
  ),
  startswith: defineMethod("startswith prefix start= end=", (_rt, self: string, set: Py, start?: Py, end?: Py) =>
    anyFix(set, "startswith", (fix) => within(self, start, end, (part, isValid) => isValid && part.startsWith(fix))),
  ),
  endswith: defineMethod("endswith suffix start= end=", (_rt, self: string, set: Py, start?: Py, end?: Py) =>
    anyFix(set, "endswith", (fix) => within(self, start, end, (part, isValid) => isValid && part.endsWith(fix))),
  ),
  removeprefix: defineMethod("removeprefix prefix", (_rt, self: string, fix: Py) => {
    const prefix = stringOf(fix, "removeprefix() argument")
    return self.startsWith(prefix) ? self.slice(prefix.length) : self
  }),
  removesuffix: defineMethod("removesuffix suffix", (_rt, self: string, fix: Py) => {
    const suffix = stringOf(fix, "removesuffix() argument")
    return suffix !== "" && self.endsWith(suffix) ? self.slice(0, -suffix.length) : self
  }),
  find: defineMethod("find sub start= end=", (rt, self: string, sub: Py, start?: Py, end?: Py) =>
    find(rt, self, { sub, start, end, fromRight: false }),
  ),
  rfind: defineMethod("rfind sub start= end=", (rt, self: string, sub: Py, start?: Py, end?: Py) =>
    find(rt, self, { sub, start, end, fromRight: true }),
  ),
  index: defineMethod("index sub start= end=", (rt, self: string, sub: Py, start?: Py, end?: Py) =>
    found(find(rt, self, { sub, start, end, fromRight: false })),
  ),
  rindex: defineMethod("rindex sub start= end=", (rt, self: string, sub: Py, start?: Py, end?: Py) =>
    found(find(rt, self, { sub, start, end, fromRight: true })),
  ),
  count: defineMethod("count sub start= end=", (rt, self: string, sub: Py, start?: Py, end?: Py) => {
    const needle = stringOf(sub)
    return within(self, start, end, (part, isValid) => BigInt(isValid ? occurrences(rt, part, needle) : 0))
  }),
  center: defineMethod("center width fillchar=", (rt, self: string, width: Py, fill: Py = " ") => {
    const missing = missingTo(rt, self, width)
    const total = missing + textLength(self)
    // Python puts the odd one to the left where the width is odd as well.
    const left = Math.floor(missing / 2) + (missing & total & 1)
    return fillOf(fill).repeat(left) + self + fillOf(fill).repeat(missing - left)
  }),
  ljust: defineMethod(
    "ljust width fillchar=",
    (rt, self: string, width: Py, fill: Py = " ") => self + fillOf(fill).repeat(missingTo(rt, self, width)),
  ),
  rjust: defineMethod(
    "rjust width fillchar=",
    (rt, self: string, width: Py, fill: Py = " ") => fillOf(fill).repeat(missingTo(rt, self, width)) + self,
  ),
  zfill: defineMethod("zfill width", (rt, self: string, width: Py) => {
    const sign = /^[+-]/.test(self) ? self.slice(0, 1) : ""
    return sign + "0".repeat(missingTo(rt, self, width)) + self.slice(sign.length)
  }),
  expandtabs: defineMethod("expandtabs / tabsize=", (rt, self: string, size: Py = 8n) =>
    expandTabs(rt, self, wholeOf(size)),
  ),
  encode: defineMethod("encode / encoding= errors=", (rt, self: string, encoding?: Py, errors?: Py) => {
    rt.text(self.length)
    return encode(self, encoding, errors)
  }),
  translate: defineMethod("translate table", (rt, self: string, table: Py) => translate(rt, self, table)),
  maketrans: defineMethod("maketrans x y= z=", (rt, _self: string, from: Py, to?: Py, gone?: Py) =>
    makeTranslation(rt, from, to, gone),
  ),
  format: {
    name: "format",
    call: (rt, [self, ...args], kwargs) => strFormat(rt, self as string, args, kwargs),
  } satisfies Definition,
  format_map: defineMethod("format_map mapping", (rt, self: string, mapping: Py) => strFormatMap(rt, self, mapping)),
  __len__: defineMethod("__len__", (_rt, self: string) => BigInt(textLength(self))),
  __contains__: defineMethod("__contains__ value", (rt, self: string, value: Py) => contains(rt, self, value)),
  __getitem__: defineMethod("__getitem__ index", (rt, self: string, index: Py) => {
    const char = pythonItem(rt, self, index)
    if (char === undefined)
      throw isInt(index) ? indexError("string index out of range") : typeError("string indices must be integers")
    return char
  }),
}

const isUpperChar = (text: string) => /\p{Uppercase}/u.test(text)
const isLowerChar = (text: string) => /\p{Lowercase}/u.test(text)

function isTitle(text: string): boolean {
  const runs = text.match(casedRun())
  return runs?.every((run) => /^[\p{Uppercase}\p{Lt}]\p{Lowercase}*$/u.test(run)) ?? false
}

/** A string argument's text. @param title what the message calls it; the method for all of its arguments */
export function stringOf(value: Py, title = ""): string {
  if (isText(value)) return textOf(value)
  throw typeError(`${title}${title && " "}must be str, not ${typeName(value)}`)
}

export function wholeOf(value: Py): number {
  if (!isInt(value)) throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`)
  return Number(toInt(value))
}

export function listOf(rt: Runtime, items: readonly Py[]): PyList {
  rt.items(items.length)
  return new PyList([...items])
}

function stripped(text: string, set: Py | undefined, left: boolean, right: boolean): string {
  if (set === undefined || set === null) return left && right ? strip(text) : left ? lstrip(text) : rstrip(text)
  if (!isText(set)) throw typeError(`strip arg must be None or str`)
  const drop = new Set(chars(textOf(set)))
  let [start, end] = [0, text.length]
  if (left) {
    for (let char = charAfter(text, start); start < end && drop.has(char); char = charAfter(text, start))
      start += char.length
  }
  if (right) {
    for (let char = charBefore(text, end); end > start && drop.has(char); char = charBefore(text, end))
      end -= char.length
  }
  return text.slice(start, end)
}

const charAfter = (text: string, at: number) => String.fromCodePoint(text.codePointAt(at) ?? 0)

function charBefore(text: string, at: number): string {
  const pair = text.slice(at - 2, at)
  return pair.codePointAt(0) === pair.charCodeAt(0) ? text.slice(at - 1, at) : pair
}

function partition(rt: Runtime, text: string, sep: Py, fromRight: boolean): PyTuple {
  const mark = stringOf(sep)
  if (mark === "") throw valueError("empty separator")
  rt.search(text, mark)
  const at = fromRight ? text.lastIndexOf(mark) : text.indexOf(mark)
  if (at < 0) return new PyTuple(fromRight ? ["", "", text] : [text, "", ""])
  return new PyTuple([text.slice(0, at), mark, text.slice(at + mark.length)])
}

export function joinTexts(rt: Runtime, glue: string, items: Py): string {
  const texts = itemsOf(rt, items).map((item, i) => {
    if (!isText(item)) throw typeError(`sequence item ${i}: expected str instance, ${typeName(item)} found`)
    return textOf(item)
  })
  let length = glue.length * Math.max(0, texts.length - 1)
  for (const text of texts) length += text.length
  rt.text(length)
  return texts.join(glue)
}

/** `text.replace(old, new, count)`; an empty `old` stands between all characters. */
export function replaceText(rt: Runtime, text: string, old: string, by: string, count: number): string {
  rt.search(text, old)
  const parts = old === "" ? ["", ...chars(text), ""] : text.split(old)
  const most = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1)
  rt.text(text.length + most * by.length)
  rt.tick(most >>> 2)
  if (most === parts.length - 1) return parts.join(by)
  return (
    parts.slice(0, most + 1).join(by) +
    parts
      .slice(most + 1)
      .map((part) => old + part)
      .join("")
  )
}

function anyFix(set: Py, name: string, test: (fix: string) => boolean): boolean {
  if (set instanceof PyTuple) return set.items.some((fix) => test(stringOf(fix, `tuple for ${name}`)))
  if (!isText(set)) throw typeError(`${name} first arg must be str or a tuple of str, not ${typeName(set)}`)
  return test(textOf(set))
}

function missingTo(rt: Runtime, text: string, width: Py): number {
  const size = wholeOf(width)
  rt.text(size)
  return Math.max(0, size - textLength(text))
}

function fillOf(fill: Py): string {
  if (!isText(fill)) throw typeError(`The fill character must be a unicode character, not ${typeName(fill)}`)
  if (textLength(textOf(fill)) !== 1) throw typeError("The fill character must be exactly one character long")
  return textOf(fill)
}

function expandTabs(rt: Runtime, text: string, size: number): string {
  let column = 0
  let result = ""
  for (const char of text) {
    const width = char === "\t" ? (size > 0 ? size - (column % size) : 0) : 1
    rt.text(result.length + width)
    result += char === "\t" ? " ".repeat(width) : char
    column = char === "\n" || char === "\r" ? 0 : column + width
  }
  return result
}
