import type { Value } from "./value.js"
import { readSimpleYaml } from "./yaml-simple.js"

/**
 * Reads one YAML document as `parseYaml` of yaml-reader.ts does; the yaml package loads only for a text that needs it.
 * @param options maxParts: see {@link MAX_UNTRUSTED_PARTS}; default: any number
 * @throws DataError with line and column
 */
export async function parseYaml(text: string, options?: { maxParts?: number }): Promise<Value> {
  const simple = readSimpleYaml(text, options?.maxParts)
  if (simple) return simple
  const reader = await import("./yaml-reader.js")
  return reader.parseYaml(text, options)
}

/**
 * Parts (scalars, lists, maps; for the package marks and line ends too) of YAML that others wrote. Each takes the
 * package up to 1 KB of memory and 15 microseconds; a large app file has some ten thousand.
 */
export const MAX_UNTRUSTED_PARTS = 400_000
