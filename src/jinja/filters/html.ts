/** Filters for HTML and URLs. */

import { PyDict } from "../containers.js"
import { attributeError, typeError, valueError } from "../errors.js"
import { escapeHtml, marked, stripTags } from "../html.js"
import { failUndefined, isIterable, isTrue, itemsOf } from "../iterate.js"
import { repr, toText } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { define } from "../signature.js"
import { isText, Markup, type Py, textOf, typeName, Undefined } from "../values.js"
import { urlize } from "./urlize.js"

export const HTML_FILTERS = {
  e: define("escape s", (rt, value: Py) => marked(rt, value)),
  escape: define("escape s", (rt, value: Py) => marked(rt, value)),
  forceescape: define("do_forceescape value", (rt, value: Py) => marked(rt, toText(rt, value))),
  safe: define("do_mark_safe value", (rt, value: Py) =>
    value instanceof Markup ? value : new Markup(toText(rt, value)),
  ),
  striptags: define("do_striptags value", (rt, value: Py) => {
    const text = toText(rt, value)
    rt.text(text.length)
    return stripTags(text)
  }),
  urlize: define("do_urlize value trim_url_limit= nofollow= target= rel= extra_schemes=", urlize),
  urlencode: define("do_urlencode value", urlEncode),
  xmlattr: define("do_xmlattr d autospace=", xmlAttributes),
}

function urlEncode(rt: Runtime, value: Py): Py {
  if (isText(value) || !isIterable(value)) return quoteUrl(toText(rt, value), false)
  const pairs =
    value instanceof PyDict
      ? value.entries(rt).map(([, key, item]) => [key, item])
      : itemsOf(rt, value).map((pair) => pairOf(rt, pair))
  rt.tick(pairs.length * 8)
  return pairs.map((pair) => pair.map((part) => quoteUrl(toText(rt, part ?? null), true)).join("=")).join("&")
}

function pairOf(rt: Runtime, pair: Py): readonly Py[] {
  if (!isIterable(pair)) throw typeError(`cannot unpack non-iterable ${typeName(pair)} object`)
  const items = itemsOf(rt, pair)
  if (items.length > 2) throw valueError("too many values to unpack (expected 2)")
  if (items.length < 2) throw valueError(`not enough values to unpack (expected 2, got ${items.length})`)
  return items
}

function quoteUrl(text: string, forQuery: boolean): string {
  const quoted = encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return forQuery ? quoted.replaceAll("%20", "+") : quoted.replaceAll("%2F", "/")
}

function xmlAttributes(rt: Runtime, value: Py, autospace: Py = true): Py {
  if (value instanceof Undefined) return failUndefined(value)
  if (!(value instanceof PyDict)) throw attributeError(`'${typeName(value)}' object has no attribute 'items'`)
  const attributes: string[] = []
  for (const [, key, item] of value.entries(rt)) {
    if (item === null || item instanceof Undefined) continue
    if (!isText(key)) throw typeError(`expected string or bytes-like object, got '${typeName(key)}'`)
    if (/[\t-\r /=>]/.test(textOf(key))) throw valueError(`Invalid character in attribute name: ${repr(rt, key)}`)
    attributes.push(`${escapeHtml(rt, key)}="${escapeHtml(rt, item)}"`)
  }
  const text = (isTrue(autospace) && attributes.length > 0 ? " " : "") + attributes.join(" ")
  rt.text(text.length)
  return rt.autoescape ? new Markup(text) : text
}
