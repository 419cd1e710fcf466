/** Stores what an event has learnt; its requests are sent by then, so that nothing of it is to be lost for another part. */
import { type Assignment, applyAssignments, applyPossible } from "../core/assignment.js"
import { showPath } from "../core/path.js"
import type { Snapshot } from "../core/ports.js"
import type { ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { type Runtime, warnOnce } from "./runtime.js"

export interface EventParts {
  readonly id: string
  /** Those of the command: all of them, or nothing is stored. */
  readonly own: readonly Assignment[]
  /** Those of the event's blocks: each that is not possible is left out. */
  readonly learnt: readonly Assignment[]
  readonly ifRevision?: number | undefined
  /** The label of the block that each of them is from. */
  readonly labels: ReadonlyMap<Assignment, string>
  /** Gets an error for each that is left out. */
  readonly failures: StateError[]
}

/**
 * One commit, as a rule. When the document would be more than the store takes, which only the store can tell, the
 * assignments of the event are committed by halves, until those that do not fit are found: these fail alone.
 * @throws StateError as a commit; CACHE_FAILED once all is stored
 */
export async function commitParts(runtime: Runtime, parts: EventParts): Promise<Snapshot> {
  const run: Run = { ...parts, runtime, warn: warnOnce(runtime.logger) }
  await commitFitting(run, parts)
  if (run.cacheFailure) throw run.cacheFailure
  return run.saved ?? runtime.states.refresh(parts.id)
}

type Part = Pick<EventParts, "own" | "learnt">

interface Run extends EventParts {
  readonly runtime: Runtime
  readonly warn: (message: string) => void
  isSaved?: boolean
  saved?: Snapshot
  cacheFailure?: StateError
}

async function commitFitting(run: Run, { own, learnt }: Part): Promise<void> {
  const [first, ...others] = learnt
  try {
    return await commit(run, { own, learnt })
  } catch (error) {
    if (!isCode(error, "LIMIT_EXCEEDED") || first === undefined) throw error
    if (others.length > 0) {
      const half = Math.ceil(learnt.length / 2)
      await commitFitting(run, { own, learnt: learnt.slice(0, half) })
      return await commitFitting(run, { own: [], learnt: learnt.slice(half) })
    }
    run.failures.push(notStored(run, first, error))
  }
  if (own.length > 0) await commit(run, { own, learnt: [] })
}

async function commit(run: Run, { own, learnt }: Part): Promise<void> {
  const { runtime, id, warn, failures } = run
  let conflicts: readonly StateError[] = []
  const apply = (current: ValueMap | undefined) => {
    const possible = applyPossible(applyAssignments(current ?? new Map(), own, warn), learnt, warn)
    conflicts = possible.failures
    return possible.document
  }
  // The first commit makes a revision of its own.
  const ifRevision = run.isSaved ? undefined : run.ifRevision
  try {
    run.saved = await runtime.states.commit(id, runtime.change("update", [...own, ...learnt], { apply, ifRevision }))
  } catch (error) {
    if (isCode(error, "LIMIT_EXCEEDED")) throw error
    failures.push(...conflicts)
    if (!isCode(error, "CACHE_FAILED")) throw error
    run.cacheFailure = error
    run.isSaved = true
    return
  }
  failures.push(...conflicts)
  run.isSaved = true
}

function notStored({ labels }: Run, assignment: Assignment, cause: StateError): StateError {
  const place = `${labels.get(assignment)}: "${showPath(assignment.path)}"`
  return new StateError(cause.code, `${place} is not stored: ${cause.message}`, { hint: cause.hint, cause })
}

const isCode = (error: unknown, code: StateError["code"]): error is StateError =>
  error instanceof StateError && error.code === code
