/** Filters on text. */

import { sliceOf } from "../access.js"
import { PyDict, PyList, PyTuple } from "../containers.js"
import { filterArgumentError, JinjaError, typeError } from "../errors.js"
import { formatPercent } from "../format/percent.js"
import { escapeHtml } from "../html.js"
import { failUndefined, isTrue, lengthOf } from "../iterate.js"
import { MARKUP_METHODS } from "../methods/markup.js"
import { joinTexts, listOf, replaceText, STRING_METHODS, wholeOf } from "../methods/string.js"
import { add } from "../operators.js"
import { toText } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { type Definition, define } from "../signature.js"
import { lower, splitLines, upper } from "../text.js"
import {
  isInt,
  isNumber,
  isText,
  type Kwargs,
  Markup,
  NO_KWARGS,
  type Py,
  PySlice,
  textOf,
  typeName,
  Undefined,
} from "../values.js"
import { wrapText } from "./wordwrap.js"

/** A text, marked or not; of anything else its `str()`. */
export const softText = (rt: Runtime, value: Py): string | Markup => (isText(value) ? value : toText(rt, value))

/** The same mark as the text that it was made from. */
const like = (source: Py, text: string): Py => (source instanceof Markup ? new Markup(text) : text)

const method = (name: keyof typeof STRING_METHODS, rt: Runtime, value: Py, args: readonly Py[] = []): Py => {
  const text = softText(rt, value)
  const table: Readonly<Record<string, Definition>> = text instanceof Markup ? MARKUP_METHODS : STRING_METHODS
  return table[name]?.call(rt, [text, ...args], NO_KWARGS) ?? null
}

export const TEXT_FILTERS = {
  string: define("soft_str s", (rt, value: Py) => softText(rt, value)),
  upper: define("do_upper s", (rt, value: Py) => like(value, upper(textOf(softText(rt, value))))),
  lower: define("do_lower s", (rt, value: Py) => like(value, lower(textOf(softText(rt, value))))),
  capitalize: define("do_capitalize s", (rt, value: Py) => method("capitalize", rt, value)),
  title: define("do_title s", (rt, value: Py) => titleWords(rt, textOf(softText(rt, value)))),
  trim: define("do_trim value chars=", (rt, value: Py, set: Py = null) => method("strip", rt, value, [set])),
  center: define("do_center value width=", (rt, value: Py, width: Py = 80n) => method("center", rt, value, [width])),
  wordcount: define("do_wordcount s", (rt, value: Py) => {
    const text = textOf(softText(rt, value))
    rt.tick(text.length >>> 3)
    return BigInt(text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)
  }),
  replace: define("do_replace s old new count=", replace),
  format: {
    name: "do_format",
    call: (rt, [value, ...args], kwargs) => format(rt, value ?? null, args, kwargs),
  } satisfies Definition,
  indent: define("do_indent s width= first= blank=", indent),
  truncate: define("do_truncate s length= killwords= end= leeway=", truncate),
  wordwrap: define("do_wordwrap s width= break_long_words= wrapstring= break_on_hyphens=", wordWrap),
}

const WORD_START = /([-\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000({[<]+)/

function titleWords(rt: Runtime, text: string): string {
  rt.tick(text.length >>> 3)
  return text
    .split(WORD_START)
    .map((part) => {
      const first = String.fromCodePoint(part.codePointAt(0) ?? 0)
      return part === "" ? "" : upper(first) + lower(part.slice(first.length))
    })
    .join("")
}

function replace(rt: Runtime, value: Py, old: Py, by: Py, count: Py = null): Py {
  const most = count === null ? -1 : wholeOf(count)
  if (!rt.autoescape) return replaceText(rt, toText(rt, value), toText(rt, old), toText(rt, by), most)
  const escapes =
    old instanceof Markup || (by instanceof Markup && !(value instanceof Markup)) || value instanceof Markup
  if (!escapes) return replaceText(rt, toText(rt, value), toText(rt, old), toText(rt, by), most)
  return new Markup(replaceText(rt, escapeHtml(rt, value), escapeHtml(rt, old), escapeHtml(rt, by), most))
}

function format(rt: Runtime, value: Py, args: readonly Py[], kwargs: Kwargs): Py {
  if (args.length > 0 && kwargs.size > 0)
    throw filterArgumentError("can't handle positional and keyword arguments at the same time")
  return formatPercent(rt, softText(rt, value), kwargs.size > 0 ? PyDict.of(kwargs) : new PyTuple(args))
}

function indent(rt: Runtime, value: Py, width: Py = 4n, first: Py = false, blank: Py = false): Py {
  const by = isText(width) ? textOf(width) : repeatSpace(rt, width)
  if (value instanceof Undefined || !isText(value))
    return value instanceof PyList ? notText(value) : add(rt, value, "\n")
  const text = textOf(value)
  const lines = splitLines(`${text}\n`)
  rt.text(text.length + by.length * lines.length)
  const rest = lines.slice(1).map((line) => (line === "" && !isTrue(blank) ? line : by + line))
  const indented = [lines[0] ?? "", ...rest].join("\n")
  return like(value, isTrue(first) ? by + indented : indented)
}

function notText(value: Py): never {
  if (value instanceof Undefined) return failUndefined(value)
  throw new JinjaError("AttributeError", `'${typeName(value)}' object has no attribute 'splitlines'`)
}

function repeatSpace(rt: Runtime, width: Py): string {
  if (width instanceof Undefined) return failUndefined(width)
  if (!isInt(width)) throw typeError(`can't multiply sequence by non-int of type '${typeName(width)}'`)
  const count = Math.max(0, wholeOf(width))
  rt.text(count)
  return " ".repeat(count)
}

function truncate(
  rt: Runtime,
  value: Py,
  length: Py = 255n,
  killWords: Py = false,
  end: Py = "...",
  leeway: Py = null,
): Py {
  const size = numeric(length)
  const tail = lengthOf(end)
  if (tail === undefined) throw typeError(`object of type '${typeName(end)}' has no len()`)
  const slack = leeway === null ? 5 : numeric(leeway)
  if (size < tail) throw new JinjaError("AssertionError", `expected length >= ${tail}, got ${size}`)
  if (slack < 0) throw new JinjaError("AssertionError", `expected leeway >= 0, got ${slack}`)
  const total = lengthOf(value)
  if (total === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`)
  if (total <= size + slack) return value
  const cut = sliceOf(rt, value, new PySlice(null, BigInt(size - tail), null))
  if (isTrue(killWords)) return add(rt, cut, end)
  if (!isText(cut)) throw new JinjaError("AttributeError", `'${typeName(cut)}' object has no attribute 'rsplit'`)
  const space = textOf(cut).lastIndexOf(" ")
  return add(rt, like(cut, space < 0 ? textOf(cut) : textOf(cut).slice(0, space)), end)
}

function numeric(value: Py): number {
  if (value instanceof Undefined) return failUndefined(value)
  if (!isNumber(value)) throw typeError(`'>=' not supported between instances of '${typeName(value)}' and 'int'`)
  return Number(value)
}

function wordWrap(
  rt: Runtime,
  value: Py,
  width: Py = 79n,
  breakLong: Py = true,
  wrapString: Py = null,
  onHyphens: Py = true,
): Py {
  if (!isText(value)) return notText(value)
  const options = { width: numeric(width), breakLong: isTrue(breakLong), onHyphens: isTrue(onHyphens) }
  const glue = wrapString === null ? "\n" : wrapString
  if (glue instanceof Undefined) return failUndefined(glue)
  if (!isText(glue)) throw new JinjaError("AttributeError", `'${typeName(glue)}' object has no attribute 'join'`)
  rt.text(textOf(value).length * 16)
  const paragraphs = splitLines(textOf(value)).map((line) =>
    joinTexts(rt, textOf(glue), listOf(rt, wrapText(line, options))),
  )
  return joinTexts(rt, textOf(glue), listOf(rt, paragraphs))
}
