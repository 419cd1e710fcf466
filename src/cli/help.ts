/** Help texts, made by citty from the tables that the parser uses. Loaded only when help is asked for. */
import { stripVTControlCharacters } from "node:util"
import { type ArgsDef, type CommandDef, renderUsage } from "citty"
import { COMMANDS, type Command } from "./commands.js"
import { LEGACY_OPTIONS } from "./legacy-options.js"
import { COMMON, OPTIONS, type OptionDefinition, type OptionName } from "./options.js"

const NAME = "cicdstatemgr"

/** The page of one subcommand. */
export async function commandHelp(name: string, command: Command, color: boolean): Promise<string> {
  const page = await renderUsage({
    meta: { name: `${NAME} ${name} ${command.usage}`.trim(), description: command.description },
    args: argsOf([...command.options, ...COMMON]),
  } as CommandDef)
  return finish(`${page}\nEXAMPLES\n\n${command.examples.map((line) => `  ${line}`).join("\n")}`, color)
}

/** The page of the whole tool: the subcommands, then the flags of the legacy style. */
export async function mainHelp(version: string, color: boolean): Promise<string> {
  const subCommands = Object.fromEntries(
    Object.entries(COMMANDS).map(([name, { description }]) => [name, { meta: { name, description } }]),
  )
  const page = await renderUsage({
    meta: { name: NAME, version, description: "State for CI/CD pipelines" },
    subCommands,
  })
  const width = Math.max(...LEGACY_OPTIONS.map(({ usage }) => usage.length))
  const legacy = LEGACY_OPTIONS.map(({ usage, description }) => `  ${usage.padEnd(width)}  ${description}`)
  return finish(
    `${page}\n--version prints the version, --licenses the licences of all that comes with it.\n\nLEGACY STYLE (flags without a command, as in cicdstatemgr 1.x)\n\n${legacy.join("\n")}\n\n${EXIT_CODES}`,
    color,
  )
}

const EXIT_CODES = `EXIT CODES

  0 ok   1 unexpected   2 usage   3 delivery failed, state saved   4 not found   5 template error
  6 config or input file   7 store or cache   8 limit exceeded   9 conflict   (legacy style: 0, 1, 2)`

const argsOf = (names: readonly OptionName[]): ArgsDef =>
  Object.fromEntries(
    names.map((name) => {
      const { type, hint, short, description, env }: OptionDefinition = OPTIONS[name]
      const text = env ? `${description} [${env}]` : description
      return [
        name,
        { type, description: text, ...(hint ? { valueHint: hint } : {}), ...(short ? { alias: short } : {}) },
      ]
    }),
  ) as ArgsDef

const finish = (page: string, color: boolean) => `${color ? page : stripVTControlCharacters(page)}\n`
