import type { Assignment } from "../core/assignment.js"
import { StateError } from "../errors.js"
import { commitEvent, type EventOptions, runEvent, type Stored, store } from "./handle-event.js"
import type { Runtime } from "./runtime.js"

export interface LoadOptions {
  readonly id: string
  readonly assignments: readonly Assignment[]
  readonly ifRevision?: number | undefined
  /** Runs on the newest document with the assignments, before they are stored. */
  readonly event?: EventOptions | undefined
}

/**
 * Brings the document of the primary into the caches, after the assignments and the event if there are any.
 * @returns what is stored now, and what failed of the event
 * @throws StateError CONTEXT_NOT_FOUND, REVISION_CONFLICT, TYPE_CONFLICT, STORE_FAILED, CACHE_FAILED
 */
export async function load(runtime: Runtime, options: LoadOptions): Promise<Stored> {
  const { id, assignments, ifRevision, event } = options
  const { states } = runtime
  if (assignments.length === 0 && !event && ifRevision !== undefined) {
    throw new StateError("USAGE", "A revision is given, but nothing to assign: only a write can be conditional")
  }
  const change = runtime.change("update", assignments, { ifRevision })
  // Nothing is sent for a load that would fail.
  const result = event && (await runEvent(runtime, (await states.preview(id, change)).document, event))
  if (result && result.assignments.length > 0) return commitEvent(runtime, { ...options, result })
  return store(
    () => (assignments.length > 0 ? states.commit(id, change) : states.refresh(id)),
    () => result,
  )
}
