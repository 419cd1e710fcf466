/** Bounds the size of what a primary stores. */
import type { Logger, ReadableFormat } from "../core/ports.js"
import { StateError } from "../errors.js"

/**
 * The format, whose `write` refuses a text beyond the limit, before a store has touched anything, and warns once per
 * context from a quarter of it on.
 * @param maxBytes of the text as UTF-8
 */
export function limitedFormat(format: ReadableFormat, maxBytes: number, logger: Logger): ReadableFormat {
  const warned = new Set<string>()
  return {
    ...format,
    /** @throws StateError LIMIT_EXCEEDED */
    write(snapshot, text) {
      format.write(snapshot, text)
      const bytes = text.byteLength
      if (bytes > maxBytes) throw tooLarge(snapshot.id, bytes, maxBytes)
      if (bytes > maxBytes / 4 && !warned.has(snapshot.id)) {
        warned.add(snapshot.id)
        logger.warn(`"${snapshot.id}" has ${sizeOf(bytes)}; from ${sizeOf(maxBytes)} on it is refused (${KEY})`)
      }
    },
  }
}

const KEY = "maxDocumentBytes"

const tooLarge = (id: string, bytes: number, maxBytes: number) =>
  new StateError("LIMIT_EXCEEDED", `"${id}" would have ${sizeOf(bytes)}, more than ${sizeOf(maxBytes)}`, {
    hint: `Keep large data elsewhere and its address in the state, or raise ${KEY} of the datasource.`,
  })

const sizeOf = (bytes: number) => (bytes < 1024 * 1024 ? `${bytes} bytes` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`)
