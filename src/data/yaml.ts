import { DataLimitError } from "./data-error.js"
import type { Value } from "./value.js"
import { readSimpleYaml } from "./yaml-simple.js"

/**
 * Reads one YAML document as `parseYaml` of yaml-reader.ts does; the yaml package loads only for a text that needs it.
 * @param options maxParts: see {@link MAX_UNTRUSTED_PARTS}, with which {@link MAX_UNTRUSTED_LENGTH} holds as well;
 *   default: any number
 * @throws DataError with line and column; DataLimitError
 */
export async function parseYaml(text: string, options?: { maxParts?: number }): Promise<Value> {
  const simple = readSimpleYaml(text, options?.maxParts)
  if (simple) return simple
  if (options?.maxParts !== undefined && text.length > MAX_UNTRUSTED_LENGTH) throw new DataLimitError(TOO_LONG)
  const reader = await import("./yaml-reader.js")
  return reader.parseYaml(text, options)
}

/** Characters of YAML that others wrote and that only the package reads, some of them at 100 bytes of memory each. */
export const MAX_UNTRUSTED_LENGTH = 2 << 20
const TOO_LONG = `YAML of more than ${MAX_UNTRUSTED_LENGTH >> 20} MiB must be simple (write each text on one line, or all as JSON)`

/**
 * Parts (scalars, lists, maps, lines of block texts; for the package marks and all line ends too) of YAML that others wrote. Each takes the
 * package up to 1 KB of memory and 15 microseconds; a large app file has some ten thousand.
 */
export const MAX_UNTRUSTED_PARTS = 400_000
