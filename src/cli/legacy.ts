/**
 * The flag-only command line of the Python tool (1.x), kept working: one action a call, chosen by precedence, its
 * results and its exit codes 0, 1 and 2.
 */
import { generate } from "../commands/generate.js"
import { type EventOptions, handleEvent } from "../commands/handle-event.js"
import { init } from "../commands/init.js"
import { exists, parseValue, readText } from "../commands/input-files.js"
import { load } from "../commands/load.js"
import type { Runtime } from "../commands/runtime.js"
import { set } from "../commands/set.js"
import type { Assignment } from "../core/assignment.js"
import { type LegacyPair, legacyAssignment, legacyPair, legacyPairs } from "../core/assignment-text.js"
import { parseEventName } from "../core/events/blocks.js"
import { LEGACY } from "../core/events/policy.js"
import { select } from "../core/query.js"
import type { TemplateVariable } from "../core/scope.js"
import { writeJson } from "../data/json.js"
import { isTruthy, pythonStr } from "../data/python.js"
import { isList, type Value } from "../data/value.js"
import { StateError } from "../errors.js"
import { deliveryFailure } from "./assignments.js"
import type { Io } from "./io.js"
import { type LegacyArguments, type LegacyName, parseLegacy } from "./legacy-options.js"
import { openSession, type Session } from "./session.js"

/**
 * @param argv flags only; at least one
 * @param report shows an error to the user
 * @returns the exit status
 */
export async function runLegacy(
  argv: readonly string[],
  io: Io,
  report: (error: unknown, session?: Session) => void,
): Promise<number> {
  let args: LegacyArguments
  try {
    args = parseLegacy(argv)
  } catch (error) {
    report(error)
    return 2
  }
  if (args.flags.has("help")) {
    const { mainHelp } = await import("./help.js")
    io.stdout(await mainHelp(__VERSION__, io.color))
    return 0
  }
  return runAction(args, io, report)
}

async function runAction(
  args: LegacyArguments,
  io: Io,
  report: (error: unknown, session?: Session) => void,
): Promise<number> {
  let session: Session | undefined
  try {
    session = openSession({ io, logLevel: args.texts.get("log-level") ?? "debug", logFormat: "text" })
    const action = ACTIONS.find(({ isAsked }) => isAsked(args))
    if (!action) {
      session.logger.info("nothing to do: give --init-new, --load, --get, --generate, --handle-event or --set")
      return 0
    }
    const choice = {
      config: text(args, io, "config"),
      secrets: text(args, io, "secrets"),
      actor: io.env.CICDSTATEMGR_ACTOR || undefined,
      templateErrorsAsText: true,
    }
    await session.withRuntime(choice, (runtime) => action.run({ args, io, runtime }))
    return 0
  } catch (error) {
    report(error, session)
    const isAskedFor = args.texts.get("on-delivery-failure") === "fail"
    return isAskedFor && error instanceof StateError && error.code === "DELIVERY_FAILED" ? error.exitCode : 1
  }
}

interface Context {
  readonly args: LegacyArguments
  readonly io: Io
  readonly runtime: Runtime
}

interface Action {
  readonly isAsked: (args: LegacyArguments) => boolean
  run(context: Context): Promise<void>
}

const asked = (name: LegacyName) => (args: LegacyArguments) => args.texts.has(name)

/** By precedence. */
const ACTIONS: readonly Action[] = [
  { isAsked: asked("init-new"), run: runInit },
  {
    isAsked: (args) => args.flags.has("load"),
    async run(context) {
      const options = { id: requireId(context), assignments: await assignments(context), event: eventOf(context) }
      fail((await load(context.runtime, options)).failure)
    },
  },
  { isAsked: asked("get"), run: runGet },
  {
    isAsked: asked("generate"),
    async run(context) {
      const query = context.args.texts.get("generate") ?? ""
      const options = { id: requireId(context), query, variables: variables(context), refresh: false }
      await generate(context.runtime, options)
    },
  },
  { isAsked: ({ texts }) => Boolean(texts.get("handle-event")), run: runEvent },
  {
    isAsked: (args) => args.lists.has("set"),
    async run(context) {
      const list = await assignments(context)
      const id = requireId(context)
      if (list.length > 0) await set(context.runtime, { id, assignments: list })
    },
  },
]

async function runInit(context: Context): Promise<void> {
  const { args, io, runtime } = context
  const { snapshot, failure } = await init(runtime, {
    id: args.texts.get("init-new") ?? "",
    appConfig: text(args, io, "init-app-config-file"),
    basesDir: text(args, io, "init-bases-dir"),
    contextName: args.texts.get("init-cicd-context-name") ?? "stage",
    assignments: await assignments(context),
    ifExists: "overwrite",
    event: eventOf(context),
  })
  fail(failure)
  io.stdout(`${snapshot.id}\n`)
}

/** The assignments are stored before the event, and stay whatever becomes of it. */
async function runEvent(context: Context): Promise<void> {
  const options = { id: requireId(context), assignments: await assignments(context), refresh: false }
  fail((await handleEvent(context.runtime, { ...options, ...eventOf(context)! })).failure)
}

function eventOf(context: Context): EventOptions | undefined {
  const { texts } = context.args
  const name = texts.get("handle-event")
  if (!name) return undefined
  const chosen = deliveryFailure(texts.get("on-delivery-failure"))
  return {
    name: parseEventName(name),
    variables: variables(context),
    policy: { ...LEGACY, deliveryFailure: chosen ?? LEGACY.deliveryFailure },
  }
}

function fail(failure: StateError | undefined): void {
  if (failure) throw failure
}

/** Prints what is found and true; a text is rendered once, a list is JSON, the rest as Python prints it. */
async function runGet(context: Context): Promise<void> {
  const { args, io, runtime } = context
  const query = args.texts.get("get") ?? ""
  const document = await runtime.states.read(requireId(context))
  const found = select(document, query)
  const value = found.length > 1 ? found : found[0]
  if (value === undefined) return
  const shown =
    typeof value === "string" && value !== ""
      ? await runtime.templates.render(value, { document, name: query, variables: variables(context) })
      : value
  if (isTruthy(shown) || isList(shown)) io.stdout(`${show(shown)}\n`)
}

const show = (value: Value) =>
  isList(value) ? writeJson(value, { ascii: true, nonFinite: "python" }) : pythonStr(value)

async function assignments({ args, runtime }: Context): Promise<readonly Assignment[]> {
  const pairs = (args.lists.get("set") ?? []).flatMap((value) => legacyPairs(value, runtime.logger.warn))
  return Promise.all(pairs.map(async ({ key, value }) => legacyAssignment(key, await fileValue(value, runtime))))
}

/** `file://PATH` stands for the file's content; where there is no such file it is text. */
async function fileValue(value: string, runtime: Runtime): Promise<Value> {
  if (!value.startsWith("file://")) return value
  const file = runtime.resolvePath(value.replaceAll("file://", ""))
  return exists(file) ? parseValue(readText(file, "value file"), runtime.logger.debug) : value
}

function variables({ args, runtime }: Context): readonly TemplateVariable[] {
  return (args.lists.get("tmpl-ctx-var") ?? []).flatMap((argument) => {
    if (!argument.includes("=")) {
      throw new StateError("USAGE", `--tmpl-ctx-var: "${argument}" has no "="`, { hint: "Write PATH=EXPRESSION." })
    }
    return legacyPair(argument, runtime.logger.warn).map(({ key, value }: LegacyPair) => ({
      target: (resolved: Value) => legacyAssignment(key, resolved),
      expression: value,
    }))
  })
}

const ENVIRONMENT: Partial<Readonly<Record<LegacyName, string>>> = {
  config: "CICDSTATEMGR_CONFIG_PATH",
  secrets: "CICDSTATEMGR_SECRETS_PATH",
  id: "CICDSTATEMGR_CONTEXT_DATA_ID",
  "init-app-config-file": "CICDSTATEMGR_INIT_APP_CONFIG_PATH",
  "init-bases-dir": "CICDSTATEMGR_BASES_DIR_PATH",
}

function text(args: LegacyArguments, io: Io, name: LegacyName): string | undefined {
  const variable = ENVIRONMENT[name]
  return args.texts.get(name) || (variable && io.env[variable]) || undefined
}

function requireId({ args, io }: Context): string {
  const id = text(args, io, "id")
  if (id !== undefined) return id
  throw new StateError("USAGE", "No id is given", {
    hint: "Name the context with --id, or set CICDSTATEMGR_CONTEXT_DATA_ID.",
  })
}
