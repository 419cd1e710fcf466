/** Whether a document is that of a context, and not something else that stands in its place. */
import { contextIdOf } from "../core/context-id.js"
import type { ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"

/**
 * @param name of the store or file that holds it, for the message
 * @throws StateError STORE_FAILED when the document says another id than the wanted one, or none
 */
export function checkContext(id: string, document: ValueMap, name: string): void {
  const inner = contextIdOf(document)
  if (inner === id) return
  const what =
    inner === undefined ? "is no context data: it has no state.cicdContextDataId" : `says that it is "${inner}"`
  throw new StateError("STORE_FAILED", `What ${name} holds as "${id}" ${what}`, {
    hint: "Nothing was changed. Replace it by init with --overwrite, or remove it by hand.",
  })
}
