/** The subcommands: what each takes, and which command of the tool it calls. Reads like the manual it also prints. */
import { resolve } from "node:path"
import { doctor } from "../commands/doctor.js"
import { previewOf } from "../commands/event-preview.js"
import { generate } from "../commands/generate.js"
import { get, type Read, readContext } from "../commands/get.js"
import { type EventOptions, handleEvent } from "../commands/handle-event.js"
import { init } from "../commands/init.js"
import { readMap } from "../commands/input-files.js"
import { load } from "../commands/load.js"
import { render } from "../commands/render.js"
import { MAX_RESULT_BYTES, type ResultText, readResults, writeResults } from "../commands/results.js"
import type { Runtime } from "../commands/runtime.js"
import { set } from "../commands/set.js"
import { OUTPUT_FORMATS, type OutputFormat, showValue } from "../commands/show-value.js"
import { parseEventName } from "../core/events/blocks.js"
import type { Block, Plan } from "../core/events/handler.js"
import { STRICT } from "../core/events/policy.js"
import type { Finding } from "../core/ports.js"
import { writeJson } from "../data/json.js"
import { fromJs, type Value } from "../data/value.js"
import { alsoFailed, StateError } from "../errors.js"
import { oneLine } from "../logger.js"
import {
  ASSIGNMENT_OPTIONS,
  allowedPaths,
  allowedReader,
  deliveryFailure,
  fileReader,
  readAssignments,
  readVariables,
  resultFiles,
} from "./assignments.js"
import type { Io } from "./io.js"
import type { Arguments, OptionName } from "./options.js"

export interface Invocation {
  readonly args: Arguments
  readonly io: Io
  readonly runtime: Runtime
}

export interface Command {
  readonly description: string
  /** The positional arguments, for the usage line. */
  readonly usage: string
  /** Beside the common ones. */
  readonly options: readonly OptionName[]
  readonly examples: readonly string[]
  /** False when the command, so called, needs no store: then nobody is told which one is taken by default. */
  readonly usesStore?: (args: Arguments) => boolean
  run(invocation: Invocation): Promise<void>
}

const RESULTS = ["result", "revision-file", "max-result-bytes", "no-render"] as const
const EVENT = ["handle-event", "on-delivery-failure", "tmpl-ctx-var"] as const

export const COMMANDS: Readonly<Record<string, Command>> = {
  init: {
    description: "Create a context from an app file and print its id",
    usage: "ID [PATH=VALUE...]",
    options: [
      "id",
      "app-config",
      "bases-dir",
      "context",
      "if-absent",
      "overwrite",
      ...ASSIGNMENT_OPTIONS,
      ...EVENT,
      ...RESULTS,
    ],
    examples: [
      "cicdstatemgr init build-42 --app-config app.yaml --bases-dir bases --context stage state.gitTag=v1.2",
      "cicdstatemgr init build-42 --if-absent",
    ],
    async run(invocation) {
      const { args, io, runtime } = invocation
      const { id, positionals } = takeId(args)
      if (args.flag("if-absent") && args.flag("overwrite"))
        throw usage("--if-absent and --overwrite exclude each other")
      const options = {
        id,
        appConfig: args.text("app-config"),
        basesDir: args.text("bases-dir"),
        allowPaths: allowedPaths(args, runtime.resolvePath),
        contextName: args.text("context") ?? "stage",
        assignments: await assignmentsOf(invocation, positionals),
        ifExists: args.flag("overwrite") ? "overwrite" : args.flag("if-absent") ? "keep" : "refuse",
        event: eventOf(args),
      } as const
      await withResults(invocation, async () => {
        const stored = await init(runtime, options)
        io.stdout(`${stored.snapshot.id}\n`)
        return stored
      })
    },
  },
  load: {
    description: "Bring the newest document into the local caches, after assignments and an event if any are given",
    usage: "ID [PATH=VALUE...]",
    options: ["id", ...ASSIGNMENT_OPTIONS, "if-revision", ...EVENT, ...RESULTS],
    examples: [
      "cicdstatemgr load build-42 --output-dir /workspace/state",
      "cicdstatemgr load build-42 --result state.gitTag=/tekton/results/tag -- state.seen=yes",
    ],
    async run(invocation) {
      const { args, runtime } = invocation
      const { id, positionals } = takeId(args)
      const assignments = await assignmentsOf(invocation, positionals)
      const options = { id, assignments, ifRevision: args.integer("if-revision"), event: eventOf(args) }
      await withResults(invocation, () => load(runtime, options))
    },
  },
  get: {
    description: "Print the value at a path; a text is rendered as a template once",
    usage: "PATH",
    options: ["id", "output", "default", "tmpl-ctx-var", "refresh", "value-file", ...RESULTS],
    examples: [
      "cicdstatemgr get state.gitTag --id build-42",
      "cicdstatemgr get '$' -o yaml --id build-42",
      "cicdstatemgr get 'state.tests[*].name' -o json --id build-42",
    ],
    async run(invocation) {
      const { args, io, runtime } = invocation
      const output = outputFormat(args)
      const options = {
        query: only(args, "PATH"),
        fallback: args.given("default"),
        render: !args.flag("no-render"),
        variables: readVariables(args),
      }
      const from = { id: requireId(args), refresh: wantsRevision(args) }
      const file = args.text("value-file")
      await withResults(invocation, async () => {
        const snapshot = await readContext(runtime, from)
        const text = showValue(await get(runtime, snapshot.document, options), output)
        if (file === undefined) io.stdout(`${text}\n`)
        return { snapshot, results: file === undefined ? [] : [{ name: options.query, file, text }] }
      })
    },
  },
  set: {
    description: "Apply assignments to the newest document, all or none",
    usage: "PATH=VALUE...",
    options: ["id", ...ASSIGNMENT_OPTIONS, "if-revision", ...RESULTS],
    examples: [
      "cicdstatemgr set --id build-42 state.tag=v1 'state.count:=3' 'state.done[]=unit,lint'",
      "cicdstatemgr set --id build-42 --increment state.tries --set-file state.report=report.json",
    ],
    async run(invocation) {
      const { args, runtime } = invocation
      const assignments = await assignmentsOf(invocation, [...args.positionals, ...args.rest])
      const options = { id: requireId(args), assignments, ifRevision: args.integer("if-revision") }
      await withResults(invocation, async () => ({ snapshot: await set(runtime, options) }))
    },
  },
  "handle-event": {
    description: "Run the handlers of an event: notify, respond, manual-choice, trigger-pipeline, set-values",
    usage: "PIPELINE=EVENT [PATH=VALUE...]",
    options: [
      "id",
      ...ASSIGNMENT_OPTIONS,
      "tmpl-ctx-var",
      "on-delivery-failure",
      "dry-run",
      "output",
      "refresh",
      ...RESULTS,
    ],
    examples: [
      "cicdstatemgr handle-event build=success --id build-42",
      "cicdstatemgr handle-event deploy=failure --id build-42 --tmpl-ctx-var event.data=state.deploy",
      "cicdstatemgr handle-event build=success --id build-42 --dry-run -o json",
    ],
    async run(invocation) {
      const { args, io, runtime } = invocation
      const [name, ...positionals] = [...args.positionals, ...args.rest]
      if (!name) throw usage("PIPELINE=EVENT is missing", "See --help.")
      const plans: Value[] = []
      const options = {
        ...eventNamed(name, args),
        id: requireId(args),
        assignments: await assignmentsOf(invocation, positionals),
        refresh: wantsRevision(args),
        preview: args.flag("dry-run")
          ? (block: Block, plan: Plan) => void plans.push(previewOf(block, plan, runtime.mask))
          : undefined,
      }
      const output = outputFormat(args)
      await withResults(invocation, async () => {
        const stored = await handleEvent(runtime, options)
        if (options.preview) io.stdout(`${showValue(plans, output === "raw" ? "yaml" : output)}\n`)
        return stored
      })
    },
  },
  generate: {
    description: "Run the generator items at a path and commit what they set",
    usage: "PATH",
    options: ["id", "tmpl-ctx-var", "refresh", ...RESULTS],
    examples: ["cicdstatemgr generate pipelines.build.generators.dockerfile --id build-42"],
    async run(invocation) {
      const { args, runtime } = invocation
      const options = {
        id: requireId(args),
        query: only(args, "PATH"),
        variables: readVariables(args),
        refresh: wantsRevision(args),
      }
      await withResults(invocation, async () => {
        const { snapshot, count } = await generate(runtime, options)
        if (count === 0) runtime.logger.info("nothing was set")
        return { snapshot }
      })
    },
  },
  render: {
    description: "Render a template against a context or a file, and print the result",
    usage: "[TEMPLATE]",
    options: ["id", "file", "data", "tmpl-ctx-var"],
    examples: [
      "cicdstatemgr render 'tag {{ state.gitTag }}' --id build-42",
      "echo '{{ name }}' | cicdstatemgr render --data values.yaml",
    ],
    usesStore: (args) => args.text("data") === undefined,
    async run({ args, io, runtime }) {
      const data = args.text("data")
      const from =
        data === undefined ? { id: requireId(args) } : { data: await readMap(resolve(io.cwd, data), "data file") }
      const text = await render(runtime, {
        ...(await templateOf({ args, io, runtime })),
        from,
        variables: readVariables(args),
      })
      // A template's final newline is dropped, as Jinja2 does it; the output is a line again.
      io.stdout(`${text}\n`)
    },
  },
  list: {
    description: "Print the ids of all contexts",
    usage: "",
    options: ["output"],
    examples: ["cicdstatemgr list", "cicdstatemgr list -o json"],
    async run({ args, io, runtime }) {
      const output = outputFormat(args)
      none(args)
      const ids = await runtime.states.list()
      io.stdout(output === "raw" ? ids.map((id) => `${idLine(id)}\n`).join("") : `${showValue(ids, output)}\n`)
    },
  },
  delete: {
    description: "Remove a context with its history",
    usage: "ID",
    options: ["id"],
    examples: ["cicdstatemgr delete build-42"],
    async run({ args, runtime }) {
      const { id, positionals } = takeId(args)
      none({ ...args, positionals, rest: [] })
      if (!(await runtime.states.delete(id)))
        throw new StateError("CONTEXT_NOT_FOUND", `There is no context data "${id}"`)
    },
  },
  history: {
    description: "Print the last commits of a context: revision, time, actor, assignments",
    usage: "ID",
    options: ["id", "output"],
    examples: ["cicdstatemgr history build-42", "cicdstatemgr history build-42 -o json"],
    async run({ args, io, runtime }) {
      const output = outputFormat(args)
      const { id, positionals } = takeId(args)
      none({ ...args, positionals, rest: [] })
      const log = await runtime.states.history(id)
      const lines = log.map(({ revision, time, actor, assignments }) =>
        [revision, time, actor, assignments.join(" ")]
          .map((field) => oneLine(String(field)).replaceAll("\t", "\\t"))
          .join("\t"),
      )
      io.stdout(output === "raw" ? lines.map((line) => `${line}\n`).join("") : `${showValue(fromJs(log), output)}\n`)
    },
  },
  doctor: {
    description: "Look at all that commands need: config, primary, caches, the places of events, templates",
    usage: "",
    options: ["app-config", "bases-dir", "allow-path", "output"],
    examples: [
      "cicdstatemgr doctor --config config.yaml --secrets secrets.yaml",
      "cicdstatemgr doctor --config config.yaml --app-config app.yaml --bases-dir bases",
    ],
    async run({ args, io, runtime }) {
      const output = outputFormat(args)
      none(args)
      const options = {
        appConfig: args.text("app-config"),
        basesDir: args.text("bases-dir"),
        allowPaths: allowedPaths(args, runtime.resolvePath),
      }
      const findings = await doctor(runtime, options)
      io.stdout(`${runtime.mask(output === "raw" ? findingLines(findings) : showValue(fromJs(findings), output))}\n`)
      const errors = findings.filter(({ level }) => level === "error")
      if (errors[0]) {
        throw new StateError(errors[0].code ?? "CONFIG_INVALID", `${errors.length} of ${findings.length} checks failed`)
      }
    },
  },
}

/** An id, which others may choose, as a line of its own: as JSON where it would not be seen as it is. */
const idLine = (id: string) => (oneLine(id) === id && !/^"|[\t\p{Cf}]/u.test(id) ? id : writeJson(id, { ascii: true }))

const findingLines = (findings: readonly Finding[]) =>
  findings
    .map(({ level, about, text, hint }) =>
      oneLine(`${level.padEnd(8)}${about.padEnd(12)}${text}${hint ? ` (${hint})` : ""}`),
    )
    .join("\n")

const usage = (message: string, hint?: string) => new StateError("USAGE", message, { hint })

/** The id: `--id`, else the first positional, unless that is an assignment, else the environment's. */
function takeId(args: Arguments): { readonly id: string; readonly positionals: readonly string[] } {
  const [first, ...others] = args.positionals.filter((text) => text !== "")
  if (first !== undefined && args.given("id") === undefined && !first.includes("=")) {
    return { id: first, positionals: [...others, ...args.rest] }
  }
  return { id: requireId(args), positionals: [...args.positionals, ...args.rest] }
}

function requireId(args: Arguments): string {
  const id = args.text("id")
  if (id !== undefined) return id
  throw usage("No id is given", "Name the context with --id, or set CICDSTATEMGR_CONTEXT_DATA_ID.")
}

function only(args: Arguments, what: string): string {
  const [value, ...more] = [...args.positionals, ...args.rest]
  if (value === undefined) throw usage(`${what} is missing`, "See --help.")
  if (more.length > 0) throw usage(`Only one ${what} is taken, not "${more[0]}" as well`)
  return value
}

function none(args: Pick<Arguments, "positionals" | "rest">): void {
  const [extra] = [...args.positionals, ...args.rest]
  if (extra !== undefined) throw usage(`"${extra}" is one argument too many`, "See --help.")
}

function outputFormat(args: Arguments): OutputFormat {
  const name = args.text("output") ?? "raw"
  const known = OUTPUT_FORMATS.find((format) => format === name)
  if (known) return known
  throw usage(`There is no output format "${name}"`, `Use one of: ${OUTPUT_FORMATS.join(", ")}.`)
}

const assignmentsOf = ({ args, io, runtime }: Invocation, positionals: readonly string[]) =>
  readAssignments(args, positionals, {
    readFile: allowedReader(
      fileReader(runtime.resolvePath, io.stdin, "value file"),
      runtime.resolvePath,
      allowedPaths(args, runtime.resolvePath),
    ),
    logger: runtime.logger,
  })

/** The event that a command runs on its way. */
function eventOf(args: Arguments): EventOptions | undefined {
  const name = args.text("handle-event")
  if (name !== undefined) return eventNamed(name, args)
  if (args.text("on-delivery-failure") !== undefined) throw usage("--on-delivery-failure needs --handle-event")
  if (args.texts("tmpl-ctx-var").length > 0) throw usage("--tmpl-ctx-var needs --handle-event here")
  return undefined
}

const eventNamed = (name: string, args: Arguments): EventOptions => ({
  name: parseEventName(name),
  variables: readVariables(args),
  policy: { ...STRICT, deliveryFailure: deliveryFailure(args.text("on-delivery-failure")) ?? STRICT.deliveryFailure },
})

/** A revision is known only of what was read from the primary. */
const wantsRevision = (args: Arguments) => args.flag("refresh") || args.text("revision-file") !== undefined

/**
 * Does the work, then writes the results that are asked for; what is wrong with the options shows before the work. What
 * failed of an event shows last.
 */
async function withResults({ args, runtime }: Invocation, work: () => Promise<Worked>): Promise<void> {
  const files = resultFiles(args)
  const revisionFile = args.text("revision-file")
  const maxBytes = args.integer("max-result-bytes") ?? MAX_RESULT_BYTES
  const { snapshot, results = [], failure } = await work()
  const revision = { name: "revision", file: revisionFile ?? "", text: String(snapshot.revision ?? "") }
  try {
    const read = await readResults(runtime, snapshot.document, files, { render: !args.flag("no-render") })
    writeResults(runtime, [...read, ...results, ...(revisionFile ? [revision] : [])], maxBytes)
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause
    const hint = `Only the results are missing, all else is done. ${cause.hint ?? ""}`.trim()
    throw alsoFailed(new StateError(cause.code, cause.message, { hint, excerpt: cause.excerpt, cause }), failure)
  }
  if (failure) throw failure
}

interface Worked {
  readonly snapshot: Read
  /** Beside those that are asked for by `--result`. */
  readonly results?: readonly ResultText[]
  readonly failure?: StateError | undefined
}

async function templateOf({ args, io, runtime }: Invocation): Promise<{ template: string; name: string }> {
  const file = args.text("file")
  const [argument, ...more] = [...args.positionals, ...args.rest]
  if (more.length > 0) throw usage(`Only one TEMPLATE is taken, not "${more[0]}" as well`)
  if (argument !== undefined && file !== undefined) throw usage("TEMPLATE and --file exclude each other")
  if (argument !== undefined) return { template: argument, name: "TEMPLATE" }
  const source = file ?? "-"
  const template = await fileReader(runtime.resolvePath, io.stdin, "template file")(source)
  return { template, name: source === "-" ? "stdin" : source }
}
