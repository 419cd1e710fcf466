/** The little of bytes that templates see, by way of `str.encode`. */
import { JinjaError, valueError } from "../errors.js"
import { defineMethod } from "../signature.js"
import { isText, type Py, PyBytes, textOf } from "../values.js"

export const BYTES_METHODS = {
  decode: defineMethod("decode encoding= errors=", (_rt, self: PyBytes, encoding: Py = "utf-8") =>
    decode(self, encoding),
  ),
  hex: defineMethod("hex", (_rt, self: PyBytes) => Buffer.from(self.bytes).toString("hex")),
}

function decode({ bytes }: PyBytes, encoding: Py): string {
  const name = normal(encoding)
  if (name === "latin1") return Buffer.from(bytes).toString("latin1")
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new JinjaError("UnicodeDecodeError", "'utf-8' codec can't decode the bytes", { cause })
  }
}

/** `text.encode(encoding)`. @throws JinjaError LookupError or UnicodeEncodeError */
export function encode(text: string, encoding: Py = "utf-8"): PyBytes {
  const name = normal(encoding)
  const highest = name === "ascii" ? 0x7f : name === "latin1" ? 0xff : 0x10ffff
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (code > highest || (code >= 0xd800 && code <= 0xdfff)) {
      throw new JinjaError("UnicodeEncodeError", `'${name}' codec can't encode character in the text`)
    }
  }
  return new PyBytes(new Uint8Array(Buffer.from(text, name === "utf-8" ? "utf8" : "latin1")))
}

function normal(encoding: Py): "utf-8" | "ascii" | "latin1" {
  const name = isText(encoding) ? textOf(encoding).toLowerCase().replace(/[_ ]/g, "-") : ""
  if (name === "utf-8" || name === "utf8") return "utf-8"
  if (name === "ascii" || name === "us-ascii") return "ascii"
  if (/^(?:latin-?1|iso-?8859-1)$/.test(name)) return "latin1"
  if (name === "") throw valueError("an encoding must be a str")
  throw new JinjaError("LookupError", `unknown encoding: ${name}`)
}
