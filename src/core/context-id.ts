import type { ValueMap } from "../data/value.js"
import { type Path, valueAt } from "./path.js"

/** Where a document says which one it is. */
export const ID_PATH: Path = ["state", "cicdContextDataId"]

/** The id a document says it has; undefined when it says none. */
export function contextIdOf(document: ValueMap): string | undefined {
  const id = valueAt(document, ID_PATH)
  return typeof id === "string" ? id : undefined
}
