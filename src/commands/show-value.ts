import { writeJson } from "../data/json.js"
import type { Value } from "../data/value.js"
import { writeYaml } from "../data/yaml-writer.js"

export const OUTPUT_FORMATS = ["raw", "json", "yaml"] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

/**
 * A value as text, without a final newline: `raw` gives a text as it is and everything else as JSON on one line, `json`
 * is indented, `yaml` in block style.
 */
export function showValue(value: Value, format: OutputFormat): string {
  if (format === "yaml") return writeYaml(value, { portable: true }).replace(/\n$/, "")
  if (format === "raw" && typeof value === "string") return value
  return writeJson(value, format === "json" ? { indent: 2, nonFinite: "text" } : { nonFinite: "text" })
}
