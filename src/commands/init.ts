import type { Assignment } from "../core/assignment.js"
import { buildDocument } from "../core/context-data.js"
import type { ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { readApp } from "./app-files.js"
import { commitEvent, type EventOptions, runEvent, type Stored, store } from "./handle-event.js"
import { load } from "./load.js"
import { type Runtime, warnOnce } from "./runtime.js"

export interface InitOptions {
  readonly id: string
  /** The app file; without it the document starts with its state only. */
  readonly appConfig?: string | undefined
  /** Folder of the files that the app file's `bases` names. */
  readonly basesDir?: string | undefined
  /** When given: that folder is below the working folder or one of these, and bases may be below these as well. */
  readonly allowPaths?: readonly string[] | undefined
  readonly contextName: string
  readonly assignments: readonly Assignment[]
  /** What to do when the context is there already. */
  readonly ifExists: "refuse" | "keep" | "overwrite"
  /** Runs on the new document before it is stored, or on that of the context which is kept. */
  readonly event?: EventOptions | undefined
}

/**
 * Creates a context: builds its document, commits it and writes the caches.
 * @returns what is stored now, with `keep` perhaps the document that was there; and what failed of the event
 * @throws StateError CONTEXT_EXISTS, CONFIG_INVALID, TEMPLATE, TYPE_CONFLICT, STORE_FAILED, CACHE_FAILED
 */
export async function init(runtime: Runtime, options: InitOptions): Promise<Stored> {
  const { id, contextName, assignments, ifExists, event } = options
  if (typeof id !== "string" || id === "")
    throw new StateError("USAGE", "The id of a context must be a text, not empty")
  const { render } = await runtime.templates.open()
  const document = buildDocument({
    ...(await readApp(runtime, options)),
    id,
    contextName,
    assignments,
    render: (template, current, name) => render(template, { document: current, name }),
    warn: warnOnce(runtime.logger),
  })
  const change = (document: ValueMap, all: readonly Assignment[]) =>
    runtime.change(ifExists === "overwrite" ? "replace" : "create", all, {
      apply: () => document,
      notes: [`init ${contextName}${ifExists === "overwrite" ? " (overwriting what is there)" : ""}`],
    })
  const isKept = (error: unknown): error is StateError =>
    ifExists === "keep" && error instanceof StateError && error.code === "CONTEXT_EXISTS"
  // Nothing is sent for a context that could not be created.
  const refusal = event && (await refusalOf(() => runtime.states.preview(id, change(document, assignments))))
  if (refusal) {
    if (isKept(refusal)) return keep(runtime, options, refusal)
    throw refusal
  }
  const result = event && (await runEvent(runtime, document, { ...event, warn: warnOnce(runtime.logger) }))
  const all = [...assignments, ...(result?.assignments ?? [])]
  const final = change(result?.document ?? document, all)
  try {
    return await store(
      () => runtime.states.commit(id, final),
      () => result,
    )
  } catch (error) {
    if (result && isCode(error, "LIMIT_EXCEEDED")) {
      // First the context, then what of the event fits into it; that one tells what is wrong with caches, too.
      const create = () => runtime.states.commit(id, change(document, assignments))
      const failed = await refusalOf(() => store(create, () => result))
      if (failed && !isCode(failed, "CACHE_FAILED")) throw failed
      return commitEvent(runtime, { id, assignments: [], result })
    }
    if (!isKept(error)) throw error
    // Another init came first: what the event has learnt belongs to its context.
    return result ? commitEvent(runtime, { id, assignments: [], result }) : keep(runtime, options, error)
  }
}

const isCode = (error: unknown, code: StateError["code"]) => error instanceof StateError && error.code === code

/** What an attempt throws. */
async function refusalOf(attempt: () => Promise<unknown>): Promise<unknown> {
  try {
    await attempt()
    return undefined
  } catch (error) {
    return error
  }
}

/**
 * The event runs here too: a first try may have created the context, but not delivered.
 * @param refusal why the context was not created: also that the one file of a primary holds another context
 */
async function keep(runtime: Runtime, { id, event }: InitOptions, refusal: StateError): Promise<Stored> {
  try {
    runtime.logger.info(`context "${id}" exists and is kept`)
    return await load(runtime, { id, assignments: [], event })
  } catch (error) {
    throw error instanceof StateError && error.code === "CONTEXT_NOT_FOUND" ? refusal : error
  }
}
