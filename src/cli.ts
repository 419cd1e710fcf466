/** The command line: argv → exit status. Everything that fails comes together here and is told in one line. */
import { COMMANDS, type Command } from "./cli/commands.js"
import type { Io } from "./cli/io.js"
import { runLegacy } from "./cli/legacy.js"
import { type Arguments, COMMON, parseArguments } from "./cli/options.js"
import { openSession, type Session } from "./cli/session.js"
import { didYouMean } from "./core/did-you-mean.js"
import { messageOf, StateError } from "./errors.js"
import { oneLine } from "./logger.js"

/**
 * Runs one command line: a subcommand, or the flags of the legacy style.
 * @param argv without the program's own name
 * @returns the exit status (README, "Exit codes")
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = argv
  const report = (error: unknown, session?: Session) => reportError(error, io, session)
  try {
    if (first === undefined) throw new StateError("USAGE", "No command is given", { hint: "See cicdstatemgr --help." })
    if (first === "--version" || first === "version") return print(io, `${__VERSION__}\n`)
    if (first === "--licenses") return print(io, io.licenses())
    if (first === "help" || ((first === "--help" || first === "-h") && rest.length === 0))
      return await help(rest[0], io)
    if (first.startsWith("-")) return await runLegacy(argv, io, report)
    return await runCommand(first, rest, io, report)
  } catch (error) {
    report(error)
    // The Python tool, called without arguments, exits 1.
    return first === undefined ? 1 : exitCodeOf(error)
  }
}

async function runCommand(
  name: string,
  argv: readonly string[],
  io: Io,
  report: (error: unknown, session?: Session) => void,
): Promise<number> {
  const command = commandNamed(name)
  const args = parseArguments(argv, [...command.options, ...COMMON], io.env)
  if (args.flag("help")) return help(name, io)
  const session = openSession({
    io,
    logLevel: args.text("log-level") ?? "info",
    logFormat: args.text("log-format") ?? "text",
  })
  try {
    await session.withRuntime(runtimeChoice(command, args), (runtime) => command.run({ args, io, runtime }))
    return 0
  } catch (error) {
    report(error, session)
    return exitCodeOf(error)
  }
}

const runtimeChoice = (command: Command, args: Arguments) => ({
  config: args.text("config"),
  secrets: args.text("secrets"),
  outputDir: args.text("output-dir"),
  actor: args.text("actor"),
  templateErrorsAsText: false,
  announceDefault: command.usesStore?.(args) ?? true,
})

function commandNamed(name: string): Command {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command) return command
  throw new StateError("USAGE", `There is no command "${name}"${didYouMean(name, Object.keys(COMMANDS))}`, {
    hint: "See cicdstatemgr --help.",
  })
}

async function help(name: string | undefined, io: Io): Promise<number> {
  const { commandHelp, mainHelp } = await import("./cli/help.js")
  if (name === undefined) return print(io, await mainHelp(__VERSION__, io.color))
  return print(io, await commandHelp(name, commandNamed(name), io.color))
}

function print(io: Io, text: string): number {
  io.stdout(text)
  return 0
}

const exitCodeOf = (error: unknown) => (error instanceof StateError ? error.exitCode : 1)

/** One line on stderr, secrets masked; what is no StateError is a bug, whose stack is shown at debug level. */
function reportError(error: unknown, io: Io, session: Session | undefined): void {
  if (error instanceof StateError) for (const before of error.errors) reportError(before, io, session)
  const show = (text: string) => oneLine(session ? session.mask(text) : text)
  const isBug = !(error instanceof StateError)
  const message = show(isBug ? messageOf(error) : error.message)
  const hint = isBug ? "This is a bug; --log-level debug shows where." : error.hint && show(error.hint)
  if (session?.logFormat === "json") {
    const code = isBug ? "UNEXPECTED" : error.code
    const excerpt = isBug ? undefined : error.excerpt && session.mask(error.excerpt)
    io.stderr(`${JSON.stringify({ time: io.now().toISOString(), level: "error", message, hint, code, excerpt })}\n`)
  } else {
    io.stderr(`cicdstatemgr: ${message}${hint ? ` (${hint})` : ""}\n`)
    if (!isBug && error.excerpt !== undefined) io.stderr(`${error.excerpt.split("\n").map(show).join("\n")}\n`)
  }
  if (isBug && error instanceof Error) session?.logger.debug(error.stack ?? "")
}
