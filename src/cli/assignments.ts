/** Options and positionals of the subcommands → what commands take: assignments, template variables, results. */

import { isBelow } from "../commands/allowed-paths.js"
import { exists, parseValue, readStdin, readText } from "../commands/input-files.js"
import type { ResultFile } from "../commands/results.js"
import type { Assignment } from "../core/assignment.js"
import { assignmentTo, parseAssignment, parseIncrement, parseUnset, splitPair } from "../core/assignment-text.js"
import type { Logger } from "../core/ports.js"
import { parseQuery } from "../core/query.js"
import type { TemplateVariable } from "../core/scope.js"
import { StateError } from "../errors.js"
import type { Arguments } from "./options.js"

export const ASSIGNMENT_OPTIONS = ["set", "set-file", "allow-path", "unset", "increment"] as const

/**
 * All assignments of a command line: the positionals, then `--set`, `--set-file`, `--unset` and `--increment`.
 * @param readFile gives the text of a file, or of stdin for `-`
 * @throws StateError USAGE, CONFIG_INVALID (a file)
 */
export async function readAssignments(
  args: Arguments,
  positionals: readonly string[],
  { readFile, logger }: { readonly readFile: FileReader; readonly logger: Logger },
): Promise<readonly Assignment[]> {
  const files = args.texts("set-file").map((pair) => splitPair(pair, "--set-file"))
  if (files.filter(([, file]) => file === "-").length > 1) {
    throw new StateError("USAGE", "--set-file: standard input can be read only once")
  }
  const fromFiles = files.map(async ([target, file]) => {
    const value = await parseValue(await readFile(file), (message) => logger.warn(`--set-file ${file}: ${message}`))
    return assignmentTo(target, value)
  })
  return [
    // A parameter of a Tekton task that was not given comes as an empty argument.
    ...positionals.filter((text) => text !== "").map(parseAssignment),
    ...args.texts("set").map(parseAssignment),
    ...(await Promise.all(fromFiles)),
    ...args.texts("unset").map(parseUnset),
    ...args.texts("increment").map(parseIncrement),
  ]
}

/** Gives the text of a file that the user names; `-` is stdin. @throws StateError CONFIG_INVALID */
export type FileReader = (file: string) => Promise<string>

export const fileReader =
  (resolvePath: (path: string) => string, stdin: () => Promise<Uint8Array>, what: string): FileReader =>
  async (file) =>
    file === "-" ? readStdin(stdin, what) : readText(resolvePath(file), what)

/**
 * As a reader, for files below the working folder and the allowed paths only, also through links.
 * @throws StateError INPUT_INVALID
 */
export const allowedReader =
  (read: FileReader, resolvePath: (path: string) => string, allowed: readonly string[]): FileReader =>
  async (file) => {
    const folder = resolvePath(".")
    if (file === "-" || isBelow(resolvePath(file), [folder, ...allowed])) return read(file)
    throw new StateError("INPUT_INVALID", `The value file ${file} is outside of the working folder, ${folder}`, {
      hint: "Move it there, or allow where it is with --allow-path DIR.",
    })
  }

/** The values of `--allow-path`, absolute. @throws StateError USAGE: what is not there is more likely a positional */
export const allowedPaths = (args: Arguments, resolvePath: (path: string) => string): readonly string[] =>
  args.texts("allow-path").map((given) => {
    const path = resolvePath(given)
    if (exists(path)) return path
    throw new StateError("USAGE", `--allow-path: there is no "${given}"`, {
      hint: "It takes all arguments up to the next option; other arguments stand before it, or behind --.",
    })
  })

/** @throws StateError USAGE */
export const readVariables = (args: Arguments): readonly TemplateVariable[] =>
  args.texts("tmpl-ctx-var").map((pair) => {
    const [target, expression] = splitPair(pair, "--tmpl-ctx-var")
    assignmentTo(target, "")
    return { target: (value) => assignmentTo(target, value), expression }
  })

/** The results that are asked for; whatever can be wrong with them before the work is. @throws StateError USAGE, INPUT_INVALID */
export const resultFiles = (args: Arguments): readonly ResultFile[] =>
  args.texts("result").map((pair) => {
    const [expression, file] = splitPair(pair, "--result")
    parseQuery(expression)
    if (file !== "") return { expression, file }
    throw new StateError("INPUT_INVALID", `The result "${expression}" has no file to go to`, {
      hint: "Write EXPR=FILE.",
    })
  })

/** The value of `--on-delivery-failure`. @throws StateError USAGE */
export function deliveryFailure(value: string | undefined): "fail" | "warn" | undefined {
  if (value === undefined || value === "fail" || value === "warn") return value
  throw new StateError("USAGE", `--on-delivery-failure: "${value}" is neither fail nor warn`)
}
