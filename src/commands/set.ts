import type { Snapshot } from "../core/ports.js"
import { StateError } from "../errors.js"
import type { LoadOptions } from "./load.js"
import type { Runtime } from "./runtime.js"

/**
 * Applies assignments to the newest document in the primary, atomically, and writes the caches.
 * @throws StateError USAGE (no assignment), and as {@link ./load.ts}
 */
export async function set(runtime: Runtime, { id, assignments, ifRevision }: LoadOptions): Promise<Snapshot> {
  if (assignments.length === 0) {
    throw new StateError("USAGE", "Nothing to set", { hint: "Give at least one PATH=VALUE." })
  }
  return runtime.states.commit(id, runtime.change("update", assignments, { ifRevision }))
}
