import type { Assignment } from "../core/assignment.js"
import { StateError } from "../errors.js"
import { type EventOptions, runEvent, type Stored, store } from "./handle-event.js"
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
export async function load(runtime: Runtime, { id, assignments, ifRevision, event }: LoadOptions): Promise<Stored> {
  if (assignments.length === 0 && ifRevision !== undefined) {
    throw new StateError("USAGE", "A revision is given, but nothing to assign: only a write can be conditional")
  }
  const change = (all: readonly Assignment[]) => runtime.change("update", all, { ifRevision })
  const before = event && (await runtime.states.preview(id, change(assignments)))
  const result = before && (await runEvent(runtime, before.document, event))
  const all = [...assignments, ...(result?.assignments ?? [])]
  const work = () => (all.length > 0 ? runtime.states.commit(id, change(all)) : runtime.states.refresh(id))
  return store(work, result?.failure)
}
