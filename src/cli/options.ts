/** The options of all subcommands, and argv → values. `--help` is made of the same table. */
import { parseArgs } from "node:util"
import { didYouMean } from "../core/did-you-mean.js"
import { messageOf, StateError } from "../errors.js"

export interface OptionDefinition {
  readonly type: "string" | "boolean"
  readonly description: string
  /** What the value is, for the help: `FILE`. */
  readonly hint?: string
  readonly short?: string
  /** May be given several times. */
  readonly multiple?: true
  /** Takes all arguments up to the next that begins with `--`, so that a Tekton array can be its value. */
  readonly variadic?: true
  /** The environment variable that stands in for it. */
  readonly env?: string
}

const text = (hint: string, description: string, more: Partial<OptionDefinition> = {}): OptionDefinition => ({
  type: "string",
  hint,
  description,
  ...more,
})
const flag = (description: string): OptionDefinition => ({ type: "boolean", description })

export const OPTIONS = {
  config: text("FILE|DIR", "config file, or a folder with config.yaml", { env: "CICDSTATEMGR_CONFIG_PATH" }),
  secrets: text("FILE|DIR", "secrets file, or a folder with secrets.yaml", { env: "CICDSTATEMGR_SECRETS_PATH" }),
  id: text("ID", "id of the context", { env: "CICDSTATEMGR_CONTEXT_DATA_ID" }),
  "output-dir": text("DIR", "write the caches there, as cicdContextData.yaml|json|sh|id"),
  actor: text("NAME", "who this is, for the history (default: the host's name)", { env: "CICDSTATEMGR_ACTOR" }),
  "log-level": text("LEVEL", "debug, info, warning, error or critical (default: info)", { short: "l" }),
  "log-format": text("text|json", "form of the log lines on stderr (default: text)"),
  help: { type: "boolean", short: "h", description: "show this help" },
  "app-config": text("FILE", "app file to build the context from", { env: "CICDSTATEMGR_INIT_APP_CONFIG_PATH" }),
  "bases-dir": text("DIR", "folder of the base files that the app file names", { env: "CICDSTATEMGR_BASES_DIR_PATH" }),
  "allow-path": text("DIR...", "where bases and files of --set-file may be, beside the working folder", {
    multiple: true,
    variadic: true,
  }),
  context: text("NAME", "which of the cicd-contexts to take (default: stage)"),
  "if-absent": flag("keep and load the context if it is there already"),
  overwrite: flag("replace the context if it is there already"),
  set: text("PATH=VALUE...", "assignments, as the positional ones", { multiple: true, variadic: true }),
  "set-file": text("PATH=FILE...", "assign the content of a file: JSON, else YAML, else text; - is stdin", {
    multiple: true,
    variadic: true,
  }),
  unset: text("PATH", "remove what is there", { multiple: true }),
  increment: text("PATH[=N]", "add N (default: 1) to a number", { multiple: true }),
  "if-revision": text("N", "only if the document has this revision (see history)"),
  "tmpl-ctx-var": text("PATH=EXPR...", "variable for templates: a path of the document, or text", {
    multiple: true,
    variadic: true,
  }),
  result: text("EXPR=FILE...", "write the value of EXPR to FILE, without a newline", {
    multiple: true,
    variadic: true,
  }),
  "revision-file": text("FILE", "write the document's revision to FILE, as a result"),
  "value-file": text("FILE", "write the value to FILE, as a result, instead of printing it"),
  "max-result-bytes": text("N", "refuse results that are larger together (default: 4096)"),
  refresh: flag("take the newest document from the primary, and bring it into the caches"),
  "handle-event": text("PIPELINE=EVENT", "run the handlers of this event before the state is stored"),
  "on-delivery-failure": text("fail|warn", "what a failed delivery is: exit status 3 (default), or a warning"),
  "dry-run": flag("show what would be sent and set; send and store nothing"),
  output: text("raw|json|yaml", "form of the output (default: raw)", { short: "o" }),
  default: text("TEXT", "print this when nothing is there"),
  "no-render": flag("print a template as it is"),
  file: text("FILE", "read the template from a file; - is stdin"),
  data: text("FILE", "render against this JSON or YAML file instead of a context"),
} as const satisfies Record<string, OptionDefinition>

export type OptionName = keyof typeof OPTIONS

/** The options that every subcommand has. */
export const COMMON: readonly OptionName[] = [
  "config",
  "secrets",
  "output-dir",
  "actor",
  "log-level",
  "log-format",
  "help",
]

export interface Arguments {
  /** The value of an option, from the command line or its environment variable. Empty counts as not given. */
  text(name: OptionName): string | undefined
  /** The value on the command line, though it be empty. */
  given(name: OptionName): string | undefined
  /** The values of an option that may be given several times, without empty ones. */
  texts(name: OptionName): readonly string[]
  flag(name: OptionName): boolean
  /** A whole number from 0 on. @throws StateError USAGE */
  integer(name: OptionName): number | undefined
  readonly positionals: readonly string[]
  /** What stood behind `--`. */
  readonly rest: readonly string[]
}

/**
 * @param names the options that the command knows
 * @throws StateError USAGE for an unknown option, a missing value or a value that is none
 */
export function parseArguments(
  argv: readonly string[],
  names: readonly OptionName[],
  env: Readonly<Record<string, string | undefined>>,
): Arguments {
  const definition = (name: OptionName): OptionDefinition => OPTIONS[name]
  const { values, positionals, tokens } = parse(argv, names)
  const terminator = tokens.find((token) => token.kind === "option-terminator")
  const rest = terminator
    ? tokens.filter((token) => token.kind === "positional" && token.index > terminator.index).length
    : 0
  const given = (name: OptionName): string | undefined => values[name] as string | undefined
  const text = (name: OptionName) => {
    const variable = definition(name).env
    return given(name) || (variable && env[variable]) || undefined
  }
  return {
    text,
    given,
    texts: (name) => ((values[name] as string[] | undefined) ?? []).filter((value) => value !== ""),
    flag: (name) => values[name] === true,
    integer(name) {
      const value = text(name)
      if (value === undefined) return undefined
      if (!/^\d{1,15}$/.test(value)) throw new StateError("USAGE", `--${name}: "${value}" is not a number`)
      return Number(value)
    },
    positionals: positionals.slice(0, positionals.length - rest),
    rest: positionals.slice(positionals.length - rest),
  }
}

function parse(argv: readonly string[], names: readonly OptionName[]) {
  const options = Object.fromEntries(
    names.map((name) => {
      const { type, short, multiple }: OptionDefinition = OPTIONS[name]
      return [name, { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) }] as const
    }),
  )
  try {
    return parseArgs({ args: expandVariadic(argv), options, allowPositionals: true, strict: true, tokens: true })
  } catch (error) {
    throw new StateError("USAGE", explain(messageOf(error), names), { hint: "See --help.", cause: error })
  }
}

/** `--set a b --x` becomes `--set=a --set=b --x`; an empty Tekton array leaves a bare `--set`, which adds nothing. */
function expandVariadic(argv: readonly string[]): string[] {
  const expanded: string[] = []
  let open: string | undefined
  for (const [i, arg] of argv.entries()) {
    if (arg === "--") return [...expanded, ...argv.slice(i)]
    if (arg.startsWith("--")) {
      const name = arg.split("=", 1)[0]!
      open = VARIADIC.has(name) ? name : undefined
      if (arg !== open) expanded.push(arg)
    } else expanded.push(open ? `${open}=${arg}` : arg)
  }
  return expanded
}

const VARIADIC = new Set(
  Object.entries(OPTIONS).flatMap(([name, option]: [string, OptionDefinition]) =>
    option.variadic ? [`--${name}`] : [],
  ),
)

/** Node's words, which name the option, with the nearest one that exists. */
function explain(message: string, names: readonly OptionName[]): string {
  const unknown = /^Unknown option '--?([^']*)'/.exec(message)?.[1]
  if (unknown !== undefined) return `There is no option "${unknown}" here${didYouMean(unknown, names)}`
  const ambiguous = /^Option '(?:-\w, )?(--[\w-]+)[^']*' argument is ambiguous/.exec(message)?.[1]
  if (ambiguous !== undefined) return `The value of ${ambiguous} begins with "-": write ${ambiguous}=VALUE`
  return message.replace(/\s+/g, " ")
}
