/** Filters that read and write JSON: Jinja2's tojson and the tool's own. */
import { DataError, DataLimitError } from "../../data/data-error.js"
import { parseJson } from "../../data/json.js"
import { PyDict, textKey } from "../containers.js"
import { attributeError, JinjaError, limitError, typeError } from "../errors.js"
import { failUndefined, isTrue } from "../iterate.js"
import { writeJsonText } from "../json-text.js"
import type { Runtime } from "../runtime.js"
import { define } from "../signature.js"
import { isText, Markup, type Py, PyBytes, textOf, typeName, Undefined } from "../values.js"

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "'": "\\u0027",
}

export const JSON_FILTERS = {
  tojson: define("do_tojson value indent=", (rt, value: Py, indent: Py = null) => {
    const text = writeJsonText(rt, value, { indent, sortKeys: true })
    const escaped = text.replace(/[<>&']/g, (char) => HTML_ESCAPES[char] ?? char)
    rt.text(escaped.length)
    return new Markup(escaped)
  }),
  json_dumps: define(
    "json_dumps value indent= stripLeadingTrailingQuotes=",
    (rt, value: Py, indent: Py = null, strip: Py = false) => {
      const text = writeJsonText(rt, value, { indent, sortKeys: false })
      return isTrue(strip) ? text.replace(/^"|"$/g, "") : text
    },
  ),
  from_json: define("from_json value", fromJson),
  kv_comma_pairs_to_json: define("kv_comma_pairs_to_json value", (rt, value: Py) => {
    const dict = new PyDict()
    for (const pair of textFor(value, "split").split(",")) {
      const [key = "", item] = pair.split("=")
      if (item !== undefined) dict.set(rt, textKey(key), key, item)
    }
    return writeJsonText(rt, dict, { indent: null, sortKeys: false })
  }),
  to_base64: define("to_base64 value", (rt, value: Py) => {
    const text = textFor(value, "encode")
    rt.text(text.length * 2)
    if (!text.isWellFormed())
      throw new JinjaError("UnicodeEncodeError", "'utf-8' codec can't encode characters: surrogates not allowed")
    return Buffer.from(text).toString("base64")
  }),
}

function textFor(value: Py, method: string): string {
  if (isText(value)) return textOf(value)
  if (value instanceof Undefined) return failUndefined(value)
  throw attributeError(`'${typeName(value)}' object has no attribute '${method}'`)
}

function fromJson(rt: Runtime, value: Py): Py {
  const text =
    value instanceof PyBytes ? Buffer.from(value.bytes).toString() : isText(value) ? textOf(value) : undefined
  if (text === undefined) throw typeError(`the JSON object must be str, bytes or bytearray, not ${typeName(value)}`)
  rt.text(text.length)
  try {
    return rt.wrap(parseJson(text, { maxParts: rt.limits.items }))
  } catch (cause) {
    if (cause instanceof DataLimitError) throw limitError(`the JSON text holds ${cause.message}`)
    if (!(cause instanceof DataError)) throw cause
    throw new JinjaError("JSONDecodeError", `${cause.message}: line ${cause.line ?? 1} column ${cause.column ?? 1}`, {
      cause,
    })
  }
}
