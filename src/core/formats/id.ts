import type { Format } from "../ports.js"

/** The id file: the context's id and nothing else, without a newline. */
export const idFormat: Format = { write: ({ id }, text) => text.add(id) }
