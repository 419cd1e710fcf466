/**
 * The library: the operations of the command line, typed. Nothing here is shared between two managers. Proxies and
 * their exceptions are taken from the environment, as every HTTP client does it.
 */
import { hostname } from "node:os"
import { type AssignmentInput, toAssignments, toValue } from "./commands/assignment-input.js"
import { generate } from "./commands/generate.js"
import { get, readContext } from "./commands/get.js"
import { handleEvent, type EventOptions as RunOptions, type Stored } from "./commands/handle-event.js"
import { init } from "./commands/init.js"
import { load } from "./commands/load.js"
import { render } from "./commands/render.js"
import { openRuntime, type Runtime } from "./commands/runtime.js"
import { set } from "./commands/set.js"
import { assignmentTo } from "./core/assignment-text.js"
import { parseEventName } from "./core/events/blocks.js"
import { STRICT } from "./core/events/policy.js"
import { type OptionNames, requireKnown } from "./core/option-names.js"
import type { LogEntry, Logger, Snapshot } from "./core/ports.js"
import type { TemplateVariable } from "./core/scope.js"
import { toJs, type Value, type ValueMap } from "./data/value.js"
import { StateError } from "./errors.js"

export type { AssignmentInput } from "./commands/assignment-input.js"
export type { LogEntry, Logger } from "./core/ports.js"
export { fromJs, toJs, type Value, type ValueList, type ValueMap } from "./data/value.js"
export { type ErrorCode, exitCodes, StateError } from "./errors.js"

export interface CicdStateMgrOptions {
  /** Config file or folder, or the config itself (`{ cicdstatemgr: { datasources: ... } }`); default: files below `.cicdstatemgr/`. */
  readonly config?: string | object | undefined
  readonly secrets?: string | object | undefined
  /** Folder for the cache files, instead of the config's caches. */
  readonly outputDir?: string | undefined
  /** What relative paths start from; default: the process's folder at construction. */
  readonly cwd?: string
  /** Who commits, for the history; default: the host's name. */
  readonly actor?: string
  /** Diagnostics; default: none. */
  readonly logger?: Logger
}

export interface InitOptions {
  /** The app file. */
  readonly appConfig?: string
  readonly basesDir?: string
  /**
   * Keeps bases in: `basesDir` must be below `cwd` or one of these paths, and bases may be below these as well. Default:
   * `basesDir` may be anywhere, as the program names it; what the app file names is in it all the same.
   */
  readonly allowPaths?: readonly string[]
  /** Default: `stage`. */
  readonly context?: string
  readonly set?: readonly AssignmentInput[]
  /** Default: `refuse` (StateError CONTEXT_EXISTS). */
  readonly ifExists?: "refuse" | "keep" | "overwrite"
  /** Runs on the new document before it is stored: `PIPELINE=EVENT`, or that with options. */
  readonly event?: string | EventInput
}

export interface LoadOptions {
  /** Runs on the newest document; what its handlers assign is stored. As for `init`. */
  readonly event?: string | EventInput
}

export interface EventOptions extends TemplateOptions {
  /** What a failed delivery is: a StateError DELIVERY_FAILED once the state is saved (the default), or a warning. */
  readonly onDeliveryFailure?: "fail" | "warn"
}

/** An event on the way of another operation: `PIPELINE=EVENT`. */
export type EventInput = EventOptions & { readonly name: string }

export interface HandleEventOptions extends EventOptions {
  /** Stored before the event runs. */
  readonly set?: readonly AssignmentInput[]
}

export interface ChangeOptions {
  /** Only if the document has this revision; else StateError REVISION_CONFLICT. */
  readonly ifRevision?: number
}

export interface TemplateOptions {
  /** Variables for templates, by path: a path into the document, or a text. */
  readonly variables?: Readonly<Record<string, string>>
}

export interface GetOptions extends TemplateOptions {
  /** The answer when nothing is there; without it that is a StateError PATH_NOT_FOUND. */
  readonly default?: unknown
  /** Whether a text is rendered as a template once. Default: true. */
  readonly render?: boolean
}

export interface Context {
  readonly id: string
  readonly revision: number
  /** The document; `toJs` makes plain JavaScript of it. */
  readonly document: ValueMap
}

/**
 * Context data from a program: the same operations as the command line, with its errors as {@link StateError}. Opens what
 * it needs when it is needed; call {@link CicdStateMgr.close} at the end.
 */
export class CicdStateMgr {
  readonly #options: CicdStateMgrOptions & { readonly cwd: string }
  #runtime: Promise<Runtime> | undefined

  constructor(options: CicdStateMgrOptions = {}) {
    this.#options = { ...requireKnown(options, MANAGER), cwd: options.cwd ?? process.cwd() }
  }

  /**
   * Creates a context from an app file.
   * @throws StateError CONTEXT_EXISTS, CONFIG_INVALID, TEMPLATE, STORE_FAILED, CACHE_FAILED; DELIVERY_FAILED though
   *   the context is created
   */
  async init(id: string, options: InitOptions = {}): Promise<Context> {
    const {
      appConfig,
      basesDir,
      allowPaths,
      context = "stage",
      set: list = [],
      ifExists = "refuse",
    } = requireKnown(options, INIT)
    return this.#run(id, async (runtime) => {
      const assignments = toAssignments(list)
      const event = options.event === undefined ? undefined : toEventInput(options.event)
      const app = { appConfig, basesDir, allowPaths, contextName: context }
      return done(await init(runtime, { ...app, id, assignments, ifExists, event }))
    })
  }

  /** Brings the newest document into the caches. @throws StateError CONTEXT_NOT_FOUND, STORE_FAILED, CACHE_FAILED */
  async load(id: string, options: LoadOptions = {}): Promise<Context> {
    const { event: input } = requireKnown(options, LOAD)
    const event = input === undefined ? undefined : toEventInput(input)
    return this.#run(id, async (runtime) => done(await load(runtime, { id, assignments: [], event })))
  }

  /**
   * Runs the handlers of an event, `PIPELINE=EVENT`, on the newest document and stores what they assign.
   * @throws StateError PIPELINE_NOT_FOUND, EVENT_NOT_FOUND, CONFIG_INVALID before anything is sent; TEMPLATE and
   *   DELIVERY_FAILED when all handlers have run and what succeeded is stored
   */
  async handleEvent(id: string, event: string, options: HandleEventOptions = {}): Promise<Context> {
    const { set: list = [] } = requireKnown(options, HANDLE_EVENT)
    const run = { ...toEvent(event, options), id, assignments: toAssignments(list), refresh: true }
    return this.#run(id, async (runtime) => done(await handleEvent(runtime, run)))
  }

  /** The value at a path as plain JavaScript; a query gives the list of all it finds. @throws StateError PATH_NOT_FOUND, TEMPLATE, ... */
  async get(id: string, path: string, options: GetOptions = {}): Promise<unknown> {
    return toJs(await this.getValue(id, path, options))
  }

  /** As {@link CicdStateMgr.get}, with ints, floats and the order of keys kept apart as the document has them. */
  async getValue(id: string, path: string, options: GetOptions = {}): Promise<Value> {
    const query = requireText(path, "path")
    requireKnown(options, GET)
    return this.#run(id, async (runtime) => {
      const fallback = "default" in options ? toValue(options.default) : undefined
      const { document } = await readContext(runtime, { id, refresh: false })
      return get(runtime, document, {
        query,
        fallback,
        render: options.render ?? true,
        variables: toVariables(options),
      })
    })
  }

  /** Applies assignments to the newest document, all or none. @throws StateError CONTEXT_NOT_FOUND, REVISION_CONFLICT, TYPE_CONFLICT, ... */
  async set(id: string, assignments: readonly AssignmentInput[], options: ChangeOptions = {}): Promise<Context> {
    const { ifRevision } = requireKnown(options, CHANGE)
    if (ifRevision !== undefined && !Number.isSafeInteger(ifRevision)) throw usage("ifRevision must be an integer")
    return this.#run(id, async (runtime) =>
      toContext(await set(runtime, { id, assignments: toAssignments(assignments), ifRevision })),
    )
  }

  /** Runs the generator items at a path; gives the number of assignments they made. */
  async generate(id: string, path: string, options: TemplateOptions = {}): Promise<number> {
    const query = requireText(path, "path")
    const input = { id, query, variables: toVariables(requireKnown(options, TEMPLATE)), refresh: false }
    return this.#run(id, async (runtime) => (await generate(runtime, input)).count)
  }

  /** Renders a template against a context. @throws StateError TEMPLATE, ... */
  async render(id: string, template: string, options: TemplateOptions = {}): Promise<string> {
    const input = { template: requireText(template, "template"), name: "<template>", from: { id } }
    const variables = toVariables(requireKnown(options, TEMPLATE))
    return this.#run(id, (runtime) => render(runtime, { ...input, variables }))
  }

  /** The ids of all contexts. */
  async list(): Promise<readonly string[]> {
    return this.#guard((runtime) => runtime.states.list())
  }

  /** Removes a context; false when there was none. */
  async delete(id: string): Promise<boolean> {
    return this.#run(id, (runtime) => runtime.states.delete(id))
  }

  /** The last commits, oldest first. */
  async history(id: string): Promise<readonly LogEntry[]> {
    return this.#run(id, (runtime) => runtime.states.history(id))
  }

  /** Closes connections. The manager can be used again afterwards: it opens anew. */
  async close(): Promise<void> {
    const runtime = this.#runtime
    this.#runtime = undefined
    await (await runtime?.catch(() => undefined))?.close()
  }

  async #run<T>(id: string, operation: (runtime: Runtime) => Promise<T>): Promise<T> {
    requireText(id, "id of a context")
    return this.#guard(operation)
  }

  /** Runs an operation; its errors show no secret. */
  async #guard<T>(operation: (runtime: Runtime) => Promise<T>): Promise<T> {
    const runtime = await this.#open()
    runtime.templates.restart()
    try {
      return await operation(runtime)
    } catch (error) {
      throw error instanceof StateError ? masked(error, runtime.mask) : error
    }
  }

  #open(): Promise<Runtime> {
    const { config, secrets, outputDir, cwd, actor, logger } = this.#options
    this.#runtime ??= openRuntime({
      config: toInput(config),
      secrets: toInput(secrets),
      outputDir,
      cwd,
      env: process.env,
      actor: actor ?? hostname(),
      logger: logger ?? SILENT,
      now: () => new Date(),
      templateErrorsAsText: false,
    })
    return this.#runtime
  }
}

const MANAGER: OptionNames<CicdStateMgrOptions> = {
  ...{ config: true, secrets: true, outputDir: true, cwd: true, actor: true, logger: true },
}
const TEMPLATE: OptionNames<TemplateOptions> = { variables: true }
const EVENT: OptionNames<EventOptions> = { ...TEMPLATE, onDeliveryFailure: true }
const HANDLE_EVENT: OptionNames<HandleEventOptions> = { ...EVENT, set: true }
const EVENT_INPUT: OptionNames<EventInput> = { ...EVENT, name: true }
const LOAD: OptionNames<LoadOptions> = { event: true }
const INIT: OptionNames<InitOptions> = {
  ...{ appConfig: true, basesDir: true, allowPaths: true, context: true, set: true, ifExists: true, event: true },
}
const CHANGE: OptionNames<ChangeOptions> = { ifRevision: true }
const GET: OptionNames<GetOptions> = { ...TEMPLATE, default: true, render: true }

const SILENT: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }

function masked(error: StateError, mask: (text: string) => string): StateError {
  const [hint, excerpt] = [error.hint, error.excerpt].map((text) => text && mask(text))
  const errors = error.errors.map((before) => masked(before, mask))
  return new StateError(error.code, mask(error.message), { hint, excerpt, cause: error.cause, errors })
}

const usage = (message: string) => new StateError("USAGE", message)

/** @throws StateError USAGE: a program without types may give anything */
function requireText(value: string, what: string): string {
  if (typeof value === "string" && value !== "") return value
  throw usage(`The ${what} must be a text, not empty`)
}

const toEventInput = (event: string | EventInput): RunOptions =>
  typeof event === "string" ? toEvent(event, {}) : toEvent(requireKnown(event, EVENT_INPUT).name, event)

function toEvent(name: string, options: EventOptions): RunOptions {
  const { onDeliveryFailure = "fail" } = options
  return {
    name: parseEventName(requireText(name, "event")),
    variables: toVariables(options),
    policy: { ...STRICT, deliveryFailure: onDeliveryFailure },
  }
}

/** @throws StateError what failed, once all else is stored */
function done({ snapshot, failure }: Stored): Context {
  if (failure) throw failure
  const { id, document, revision = 0 } = snapshot
  return { id, document, revision }
}

const toContext = ({ id, revision, document }: Snapshot): Context => ({ id, revision, document })

function toInput(input: string | object | undefined): string | ValueMap | undefined {
  if (typeof input !== "object") return input
  const value = toValue(input)
  if (value instanceof Map) return value
  throw new StateError("CONFIG_INVALID", "The config must be a map")
}

const toVariables = ({ variables = {} }: TemplateOptions): readonly TemplateVariable[] =>
  Object.entries(variables).map(([path, expression]) => ({ target: (value) => assignmentTo(path, value), expression }))
