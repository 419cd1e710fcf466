/** Methods of Markup: those of str, with text arguments escaped and texts in the result marked (MarkupSafe). */

import { PyList, PyTuple } from "../containers.js"
import { escapeHtml, stripTags, unescapeHtml } from "../html.js"
import { itemsOf } from "../iterate.js"
import type { Runtime } from "../runtime.js"
import { type Definition, defineMethod } from "../signature.js"
import { isText, Markup, type Py } from "../values.js"
import { STRING_METHODS } from "./string.js"

const PLAIN_RESULT = new Set(["encode", "find", "index", "count"])
const ESCAPED_ARGUMENTS = new Set([
  "capitalize",
  "title",
  "lower",
  "upper",
  "replace",
  "ljust",
  "rjust",
  "lstrip",
  "rstrip",
  "center",
  "strip",
  "translate",
  "expandtabs",
  "swapcase",
  "zfill",
  "casefold",
  "removeprefix",
  "removesuffix",
  "format",
  "partition",
  "rpartition",
])

/** All of str's methods, each for a marked text. */
export const MARKUP_METHODS: Readonly<Record<string, Definition>> = {
  ...Object.fromEntries(Object.entries(STRING_METHODS).map(([name, method]) => [name, lifted(name, method)])),
  join: defineMethod("join iterable", (rt, self: Markup, items: Py) => {
    const texts = itemsOf(rt, items).map((item) => escapeHtml(rt, item))
    rt.text(texts.reduce((sum, text) => sum + text.length + self.text.length, 0))
    return new Markup(texts.join(self.text))
  }),
  unescape: defineMethod("unescape", (_rt, self: Markup) => unescapeHtml(self.text)),
  striptags: defineMethod("striptags", (_rt, self: Markup) => stripTags(self.text)),
  __html__: defineMethod("__html__", (_rt, self: Markup) => self),
}

function lifted(name: string, method: Definition): Definition {
  return {
    name,
    call: (rt, [self, ...args], kwargs) => {
      const text = self instanceof Markup ? self.text : ""
      const escaped = ESCAPED_ARGUMENTS.has(name) ? args.map((arg) => escapedArgument(rt, arg)) : args
      const named = new Map([...kwargs].map(([key, value]): [string, Py] => [key, escapedArgument(rt, value)]))
      const result = method.call(rt, [text, ...escaped], name === "format" ? named : kwargs)
      return PLAIN_RESULT.has(name) ? result : marked(rt, result)
    },
  }
}

const escapedArgument = (rt: Runtime, arg: Py): Py => (isText(arg) ? escapeHtml(rt, arg) : arg)

function marked(rt: Runtime, value: Py): Py {
  if (typeof value === "string") return new Markup(value)
  if (value instanceof PyList) return new PyList(value.items(rt).map((item) => marked(rt, item)))
  return value instanceof PyTuple ? new PyTuple(value.items.map((item) => marked(rt, item))) : value
}
