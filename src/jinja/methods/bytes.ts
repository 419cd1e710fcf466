/** The little of bytes that templates see, by way of `str.encode`. */
import { JinjaError, typeError } from "../errors.js"
import { defineMethod } from "../signature.js"
import { asciiEscape } from "../text.js"
import { isText, type Py, PyBytes, textOf, typeName } from "../values.js"

export const BYTES_METHODS = {
  decode: defineMethod("decode / encoding= errors=", (_rt, self: PyBytes, encoding: Py = "utf-8") =>
    decode(self, encoding),
  ),
  hex: defineMethod("hex", (_rt, self: PyBytes) => Buffer.from(self.bytes).toString("hex")),
}

function decode({ bytes }: PyBytes, encoding: Py): string {
  const name = normal(argument(encoding, "encoding"))
  if (name === "latin1") return Buffer.from(bytes).toString("latin1")
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new JinjaError("UnicodeDecodeError", "'utf-8' codec can't decode the bytes", { cause })
  }
}

/** What Python's error handlers put for a character that the encoding does not have. */
const HANDLERS: Readonly<Record<string, (code: number) => string>> = {
  ignore: () => "",
  replace: () => "?",
  xmlcharrefreplace: (code) => `&#${code};`,
  backslashreplace: (code) => asciiEscape(code),
}

/** The characters that an encoding does not have. */
const OUTSIDE = {
  "utf-8": /[\ud800-\udfff]/gu,
  ascii: /[^\x00-\x7f]/gu,
  latin1: /[^\x00-\xff]/gu,
} as const

/** `text.encode(encoding, errors)`. @throws JinjaError LookupError or UnicodeEncodeError */
export function encode(text: string, encoding: Py = "utf-8", errors: Py = "strict"): PyBytes {
  const name = normal(argument(encoding, "encoding"))
  const handler = argument(errors, "errors")
  const result = text.replace(OUTSIDE[name], (char) => {
    if (handler === "strict")
      throw new JinjaError("UnicodeEncodeError", `'${name}' codec can't encode character in the text`)
    const replace = Object.hasOwn(HANDLERS, handler) ? HANDLERS[handler] : undefined
    if (!replace) throw new JinjaError("LookupError", `unknown error handler name '${handler}'`)
    return replace(char.codePointAt(0) ?? 0)
  })
  return new PyBytes(new Uint8Array(Buffer.from(result, name === "utf-8" ? "utf8" : "latin1")))
}

function argument(value: Py, name: string): string {
  if (isText(value)) return textOf(value)
  const type = value === null ? "None" : typeName(value)
  throw typeError(`encode() argument '${name}' must be str, not ${type}`)
}

function normal(encoding: string): "utf-8" | "ascii" | "latin1" {
  const name = encoding.toLowerCase().replace(/[_ ]/g, "-")
  if (name === "utf-8" || name === "utf8") return "utf-8"
  if (name === "ascii" || name === "us-ascii") return "ascii"
  if (/^(?:latin-?1|iso-?8859-1)$/.test(name)) return "latin1"
  throw new JinjaError("LookupError", `unknown encoding: ${encoding}`)
}
