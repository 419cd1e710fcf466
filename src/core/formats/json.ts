import { addJson, parseJsonMap } from "../../data/json.js"
import type { ReadableFormat } from "../ports.js"

/**
 * The JSON cache: indent 2, ASCII only, no final newline, as Python's json.dump(indent=2) writes it; but a float that
 * JSON cannot hold is the text `"Infinity"`, for JSON readers refuse Python's bare `Infinity`.
 */
export const jsonFormat: ReadableFormat = {
  write: ({ document }, text) => addJson(text, document, { indent: 2, ascii: true, nonFinite: "text" }),
  read: parseJsonMap,
  isFaithful: (text) => !/"(?:-?Infinity|NaN)"/.test(text),
}

/** The JSON file as primary: nothing may change its kind there, so such a float is written as Python's json does. */
export const jsonPrimaryFormat: ReadableFormat = {
  write: ({ document }, text) => addJson(text, document, { indent: 2, ascii: true, nonFinite: "python" }),
  read: parseJsonMap,
}
