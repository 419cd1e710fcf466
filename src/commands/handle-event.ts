import type { Assignment } from "../core/assignment.js"
import { type EventName, showEventName } from "../core/events/blocks.js"
import { dispatchEvent, type EventInput, type EventOutcome } from "../core/events/dispatch.js"
import type { EventPolicy } from "../core/events/policy.js"
import type { Snapshot } from "../core/ports.js"
import type { TemplateVariable } from "../core/scope.js"
import type { ValueMap } from "../data/value.js"
import { alsoFailed, StateError } from "../errors.js"
import { commitParts } from "./event-commit.js"
import { type Read, readContext } from "./get.js"
import type { Runtime } from "./runtime.js"

export interface EventOptions {
  readonly name: EventName
  readonly variables: readonly TemplateVariable[]
  readonly policy: EventPolicy
}

export interface HandleEventOptions extends EventOptions {
  readonly id: string
  /** Stored before the event runs. */
  readonly assignments: readonly Assignment[]
  /** Whether the event sees the newest document of the primary; else that of a cache will do. */
  readonly refresh: boolean
  /** A dry run: is told each plan; nothing is sent and nothing stored. */
  readonly preview?: EventInput["onPlan"]
}

/** What a command has done: what is stored now, and what failed all the same. */
export interface Stored {
  readonly snapshot: Read
  readonly failure: StateError | undefined
}

/**
 * Runs the handlers of an event and stores what they assign: the assignments, never the whole document, so that no
 * update of another writer is lost. A process that ends between a delivery and the commit has delivered, but stored
 * nothing of the reply; a second run delivers again (at least once).
 * @throws StateError PIPELINE_NOT_FOUND, EVENT_NOT_FOUND, CONFIG_INVALID, CONTEXT_NOT_FOUND, STORE_FAILED, CACHE_FAILED
 */
export async function handleEvent(runtime: Runtime, options: HandleEventOptions): Promise<Stored> {
  const { id, preview } = options
  const before = await documentBefore(runtime, options)
  const result = await runEvent(runtime, before.document, { ...options, onPlan: preview })
  if (preview || result.assignments.length === 0) return { snapshot: before, failure: asOne(result) }
  return commitEvent(runtime, { id, assignments: [], result })
}

async function documentBefore(runtime: Runtime, options: HandleEventOptions): Promise<Read> {
  const { id, assignments, preview } = options
  const change = runtime.change("update", assignments)
  if (preview) return runtime.states.preview(id, change)
  return assignments.length > 0 ? runtime.states.commit(id, change) : readContext(runtime, options)
}

export interface EventResult extends EventOutcome {
  readonly name: EventName
}

/**
 * Runs an event on a document; nothing is stored.
 * @param options onPlan makes it a dry run; warn is told what assignments ignore, unless a commit will tell it
 */
export async function runEvent(
  runtime: Runtime,
  document: ValueMap,
  { name, variables, policy, onPlan, warn = () => {} }: EventOptions & Partial<Pick<EventInput, "onPlan" | "warn">>,
): Promise<EventResult> {
  const { events, send, logger, templates } = runtime
  logger.info(`event ${showEventName(name)}`)
  const outcome = await dispatchEvent({
    document,
    name,
    variables,
    config: events,
    policy,
    renderer: await templates.open(),
    send: onPlan ? undefined : send,
    onPlan,
    logger,
    warn,
  })
  return { ...outcome, name }
}

export interface EventCommit {
  readonly id: string
  /** Those of the command: all of them, or nothing is stored. */
  readonly assignments: readonly Assignment[]
  readonly ifRevision?: number | undefined
  readonly result: EventResult
}

/** Stores what a command and its event assign. What an event has learnt is not lost because a part of it has no place. */
export async function commitEvent(runtime: Runtime, commit: EventCommit): Promise<Stored> {
  const { id, assignments: own, ifRevision, result } = commit
  const { assignments: learnt, labels } = result
  const failures = [...result.failures]
  return store(
    () => commitParts(runtime, { id, own, learnt, ifRevision, labels, failures }),
    () => ({ ...result, failures }),
  )
}

/**
 * Runs what stores an event's result; if that fails, what failed before is told as well.
 * @param result as it is known then
 */
export async function store(work: () => Promise<Snapshot>, result: () => EventResult | undefined): Promise<Stored> {
  const failure = () => {
    const known = result()
    return known && asOne(known)
  }
  try {
    return { snapshot: await work(), failure: failure() }
  } catch (error) {
    throw alsoFailed(error, failure())
  }
}

/** Several failures are told as one, whose code is that of the gravest. */
function asOne({ failures, name }: EventResult): StateError | undefined {
  const gravest = failures.find(isTemplateError) ?? failures.find((error) => !isDeliveryError(error)) ?? failures[0]
  if (gravest === undefined || failures.length === 1) return gravest
  const message = `${failures.length} failures in the event ${showEventName(name)}`
  return new StateError(gravest.code, message, { errors: failures })
}

const isTemplateError = ({ code }: StateError) => code === "TEMPLATE"
const isDeliveryError = ({ code }: StateError) => code === "DELIVERY_FAILED"
