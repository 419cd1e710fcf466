/** The flags of the Python tool's command line, and argv → values as its argparse does it. */
import { StateError } from "../errors.js"

interface LegacyOption {
  readonly name: LegacyName
  readonly kind: "text" | "list" | "flag"
  readonly usage: string
  readonly description: string
}

export type LegacyName =
  | "config"
  | "secrets"
  | "id"
  | "init-new"
  | "init-cicd-context-name"
  | "init-app-config-file"
  | "init-bases-dir"
  | "load"
  | "get"
  | "generate"
  | "handle-event"
  | "set"
  | "tmpl-ctx-var"
  | "on-delivery-failure"
  | "pre-set-force-reload"
  | "log-level"
  | "help"

const option = (name: LegacyName, kind: LegacyOption["kind"], value: string, description: string): LegacyOption => ({
  name,
  kind,
  usage: `--${name}${value ? ` ${value}` : ""}`,
  description,
})

export const LEGACY_OPTIONS: readonly LegacyOption[] = [
  option("config", "text", "FILE", "config file [CICDSTATEMGR_CONFIG_PATH]"),
  option("secrets", "text", "FILE", "secrets file [CICDSTATEMGR_SECRETS_PATH]"),
  option("id", "text", "ID", "id of the context [CICDSTATEMGR_CONTEXT_DATA_ID]"),
  option("init-new", "text", "ID", "create a context, replacing one that is there"),
  option("init-cicd-context-name", "text", "NAME", "which of the cicd-contexts to take (default: stage)"),
  option("init-app-config-file", "text", "FILE", "app file [CICDSTATEMGR_INIT_APP_CONFIG_PATH]"),
  option("init-bases-dir", "text", "DIR", "folder of the base files [CICDSTATEMGR_BASES_DIR_PATH]"),
  option("load", "flag", "", "bring the document into the local caches"),
  option("get", "text", "PATH", "print the value at a path"),
  option("generate", "text", "PATH", "run the generator items at a path"),
  option("handle-event", "text", "PIPELINE=EVENT", "run the handlers of an event"),
  option("on-delivery-failure", "text", "fail|warn", "exit 3, or only a warning (default: exit 1 without an answer)"),
  option("set", "list", "PATH=VALUE[|PATH=VALUE...]", "assign; may be repeated"),
  option("tmpl-ctx-var", "list", "PATH=EXPR", "variable for templates; may be repeated"),
  option("pre-set-force-reload", "flag", "", "accepted; --set always works on the newest document"),
  option("log-level", "text", "LEVEL", "-l: DEBUG (default), INFO, WARNING, ERROR or CRITICAL"),
  option("help", "flag", "", "-h: show this help"),
]

export interface LegacyArguments {
  readonly texts: ReadonlyMap<LegacyName, string>
  readonly lists: ReadonlyMap<LegacyName, readonly string[]>
  readonly flags: ReadonlySet<LegacyName>
}

/**
 * Long options may be shortened while that is unambiguous; a value may follow as `--x=v` or as the next argument, but
 * one that begins with "-" only if it is a negative number or holds a space (argparse, "Arguments containing -").
 * @throws StateError USAGE
 */
export function parseLegacy(argv: readonly string[]): LegacyArguments {
  const texts = new Map<LegacyName, string>()
  const lists = new Map<LegacyName, readonly string[]>()
  const flags = new Set<LegacyName>()
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!
    const { found, inline } = findOption(arg)
    if (found.kind === "flag") {
      if (inline !== undefined) throw usage(`--${found.name} takes no value`)
      flags.add(found.name)
      continue
    }
    const value = inline ?? argv[++i]
    if (value === undefined || (inline === undefined && looksLikeOption(value)))
      throw usage(`--${found.name} needs a value`)
    if (found.kind === "list") lists.set(found.name, [...(lists.get(found.name) ?? []), value])
    else texts.set(found.name, value)
  }
  return { texts, lists, flags }
}

function findOption(arg: string): { readonly found: LegacyOption; readonly inline: string | undefined } {
  const short = /^-([lh])(.*)$/s.exec(arg)
  if (short)
    return { found: byName(short[1] === "l" ? "log-level" : "help"), inline: short[2]?.replace(/^=/, "") || undefined }
  const [, prefix, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? []
  if (prefix === undefined) throw usage(`"${arg}" is not understood`)
  const exact = LEGACY_OPTIONS.find(({ name }) => name === prefix)
  const matches = exact ? [exact] : LEGACY_OPTIONS.filter(({ name }) => name.startsWith(prefix))
  if (matches.length > 1) {
    throw usage(`--${prefix} is ambiguous: ${matches.map(({ name }) => `--${name}`).join(", ")}`)
  }
  if (!matches[0]) throw usage(`There is no option --${prefix}`)
  return { found: matches[0], inline }
}

const byName = (name: LegacyName) => LEGACY_OPTIONS.find((known) => known.name === name)!
const looksLikeOption = (value: string) =>
  value.startsWith("-") && value !== "-" && !/^-\d+$|^-\d*\.\d+$/.test(value) && !value.includes(" ")

const usage = (message: string) => new StateError("USAGE", message, { hint: "See cicdstatemgr --help." })
