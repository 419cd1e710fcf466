import { parsePrimaryText, writePrimaryText } from "../../data/primary-text.js"
import type { ReadableFormat } from "../ports.js"

/** The text under a context's id in Redis: JSON that PyYAML reads as well; what the Python tool wrote is read too. */
export const primaryFormat: ReadableFormat = {
  write: ({ document }, text) => writePrimaryText(text, document),
  read: parsePrimaryText,
}
