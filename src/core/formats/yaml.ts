import { DataError } from "../../data/data-error.js"
import { isMap } from "../../data/value.js"
import { parseYaml } from "../../data/yaml.js"
import { addPortableYaml } from "../../data/yaml-writer.js"
import type { ReadableFormat } from "../ports.js"

/** The YAML cache: block style that YAML 1.1 and 1.2 loaders read alike. */
export const yamlFormat: ReadableFormat = {
  isSlow: true,
  write: ({ document }, text) => addPortableYaml(text, document),
  async read(text) {
    const value = await parseYaml(text)
    if (!isMap(value)) throw new DataError("the YAML text does not hold a map", { line: 1, column: 1 })
    return value
  },
}
