/** The subcommands: what each takes, and which command of the tool it calls. Reads like the manual it also prints. */
import { resolve } from "node:path"
import { generate } from "../commands/generate.js"
import { get } from "../commands/get.js"
import { init } from "../commands/init.js"
import { readMap } from "../commands/input-files.js"
import { load } from "../commands/load.js"
import { render } from "../commands/render.js"
import { MAX_RESULT_BYTES, writeResults } from "../commands/results.js"
import type { Runtime } from "../commands/runtime.js"
import { set } from "../commands/set.js"
import { OUTPUT_FORMATS, type OutputFormat, showValue } from "../commands/show-value.js"
import type { Snapshot } from "../core/ports.js"
import { fromJs } from "../data/value.js"
import { StateError } from "../errors.js"
import { oneLine } from "../logger.js"
import { ASSIGNMENT_OPTIONS, fileReader, readAssignments, readResults, readVariables } from "./assignments.js"
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

const RESULTS = ["result", "max-result-bytes", "no-render"] as const

export const COMMANDS: Readonly<Record<string, Command>> = {
  init: {
    description: "Create a context from an app file and print its id",
    usage: "ID [PATH=VALUE...]",
    options: ["id", "app-config", "bases-dir", "context", "if-absent", "overwrite", ...ASSIGNMENT_OPTIONS, ...RESULTS],
    examples: [
      "cicdstatemgr init build-42 --app-config app.yaml --bases-dir bases --context stage state.gitTag=v1.2",
      "cicdstatemgr init build-42 --if-absent",
    ],
    async run({ args, io, runtime }) {
      const { id, positionals } = takeId(args)
      if (args.flag("if-absent") && args.flag("overwrite"))
        throw usage("--if-absent and --overwrite exclude each other")
      const options = {
        id,
        appConfig: args.text("app-config"),
        basesDir: args.text("bases-dir"),
        contextName: args.text("context") ?? "stage",
        assignments: await assignmentsOf({ args, io, runtime }, positionals),
        ifExists: args.flag("overwrite") ? "overwrite" : args.flag("if-absent") ? "keep" : "refuse",
      } as const
      await withResults({ args, io, runtime }, async () => {
        const snapshot = await init(runtime, options)
        io.stdout(`${snapshot.id}\n`)
        return snapshot
      })
    },
  },
  load: {
    description: "Bring the newest document into the local caches, after assignments if any are given",
    usage: "ID [PATH=VALUE...]",
    options: ["id", ...ASSIGNMENT_OPTIONS, "if-revision", ...RESULTS],
    examples: [
      "cicdstatemgr load build-42 --output-dir /workspace/state",
      "cicdstatemgr load build-42 --result state.gitTag=/tekton/results/tag -- state.seen=yes",
    ],
    async run({ args, io, runtime }) {
      const { id, positionals } = takeId(args)
      const assignments = await assignmentsOf({ args, io, runtime }, positionals)
      const options = { id, assignments, ifRevision: args.integer("if-revision") }
      await withResults({ args, io, runtime }, () => load(runtime, options))
    },
  },
  get: {
    description: "Print the value at a path; a text is rendered as a template once",
    usage: "PATH",
    options: ["id", "output", "default", "no-render", "tmpl-ctx-var"],
    examples: [
      "cicdstatemgr get state.gitTag --id build-42",
      "cicdstatemgr get '$' -o yaml --id build-42",
      "cicdstatemgr get 'state.tests[*].name' -o json --id build-42",
    ],
    async run({ args, io, runtime }) {
      const output = outputFormat(args)
      const value = await get(runtime, {
        id: requireId(args),
        query: only(args, "PATH"),
        fallback: args.given("default"),
        render: !args.flag("no-render"),
        variables: readVariables(args),
      })
      io.stdout(`${showValue(value, output)}\n`)
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
    async run({ args, io, runtime }) {
      const assignments = await assignmentsOf({ args, io, runtime }, [...args.positionals, ...args.rest])
      const options = { id: requireId(args), assignments, ifRevision: args.integer("if-revision") }
      await withResults({ args, io, runtime }, () => set(runtime, options))
    },
  },
  generate: {
    description: "Run the generator items at a path and commit what they set",
    usage: "PATH",
    options: ["id", "tmpl-ctx-var"],
    examples: ["cicdstatemgr generate pipelines.build.generators.dockerfile --id build-42"],
    async run({ args, runtime }) {
      const count = await generate(runtime, {
        id: requireId(args),
        query: only(args, "PATH"),
        variables: readVariables(args),
      })
      if (count === 0) runtime.logger.info("nothing was set")
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
      io.stdout(output === "raw" ? ids.map((id) => `${id}\n`).join("") : `${showValue(ids, output)}\n`)
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
}

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
    readFile: fileReader(runtime.resolvePath, io.stdin, "value file"),
    logger: runtime.logger,
  })

/** Does the work, then writes the results that are asked for; what is wrong with the options shows before the work. */
async function withResults({ args, runtime }: Invocation, work: () => Promise<Snapshot>): Promise<void> {
  const options = {
    results: readResults(args),
    maxBytes: args.integer("max-result-bytes") ?? MAX_RESULT_BYTES,
    render: !args.flag("no-render"),
  }
  const { document } = await work()
  try {
    await writeResults(runtime, document, options)
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause
    const hint = `Only the results are missing, all else is done. ${cause.hint ?? ""}`.trim()
    throw new StateError(cause.code, cause.message, { hint, excerpt: cause.excerpt, cause })
  }
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
