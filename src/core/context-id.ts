import { isMap, type ValueMap } from "../data/value.js"

/** The id a document says it has, at `state.cicdContextDataId`; undefined when it says none. */
export function contextIdOf(document: ValueMap): string | undefined {
  const state = document.get("state")
  const id = isMap(state) ? state.get("cicdContextDataId") : undefined
  return typeof id === "string" ? id : undefined
}
