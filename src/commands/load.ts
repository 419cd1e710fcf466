import type { Assignment } from "../core/assignment.js"
import type { Snapshot } from "../core/ports.js"
import { StateError } from "../errors.js"
import type { Runtime } from "./runtime.js"

export interface LoadOptions {
  readonly id: string
  readonly assignments: readonly Assignment[]
  readonly ifRevision?: number | undefined
}

/**
 * Brings the document of the primary into the caches, after the assignments if there are any.
 * @throws StateError CONTEXT_NOT_FOUND, REVISION_CONFLICT, TYPE_CONFLICT, STORE_FAILED, CACHE_FAILED
 */
export async function load(runtime: Runtime, { id, assignments, ifRevision }: LoadOptions): Promise<Snapshot> {
  if (assignments.length === 0) {
    if (ifRevision === undefined) return runtime.states.refresh(id)
    throw new StateError("USAGE", "A revision is given, but nothing to assign: only a write can be conditional")
  }
  return runtime.states.commit(id, runtime.change("update", assignments, { ifRevision }))
}
