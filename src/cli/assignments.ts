/** Assignments and template variables of the strict style: options and positionals → values. */

import { parseValue, readText } from "../commands/input-files.js"
import type { ResultFile } from "../commands/results.js"
import type { Assignment } from "../core/assignment.js"
import { assignmentTo, parseAssignment, parseIncrement, parseUnset, splitPair } from "../core/assignment-text.js"
import type { TemplateVariable } from "../core/scope.js"
import type { Arguments } from "./options.js"

export const ASSIGNMENT_OPTIONS = ["set", "set-file", "unset", "increment"] as const

/**
 * All assignments of a command line: the positionals, then `--set`, `--set-file`, `--unset` and `--increment`.
 * @param readFile gives the text of a file, or of stdin for `-`
 * @throws StateError USAGE, CONFIG_INVALID (a file)
 */
export async function readAssignments(
  args: Arguments,
  positionals: readonly string[],
  readFile: (file: string) => string,
): Promise<readonly Assignment[]> {
  const fromFiles = await Promise.all(
    args.texts("set-file").map(async (pair) => {
      const [target, file] = splitPair(pair, "--set-file")
      return assignmentTo(target, await parseValue(readFile(file)))
    }),
  )
  return [
    ...positionals.map(parseAssignment),
    ...args.texts("set").map(parseAssignment),
    ...fromFiles,
    ...args.texts("unset").map(parseUnset),
    ...args.texts("increment").map(parseIncrement),
  ]
}

/** Reads a file that the user names; `-` is stdin. */
export const fileReader =
  (resolvePath: (path: string) => string, stdin: () => string, what: string) =>
  (file: string): string =>
    file === "-" ? stdin() : readText(resolvePath(file), what)

/** @throws StateError USAGE */
export const readVariables = (args: Arguments): readonly TemplateVariable[] =>
  args.texts("tmpl-ctx-var").map((pair) => {
    const [target, expression] = splitPair(pair, "--tmpl-ctx-var")
    assignmentTo(target, "")
    return { target: (value) => assignmentTo(target, value), expression }
  })

/** @throws StateError USAGE */
export const readResults = (args: Arguments): readonly ResultFile[] =>
  args.texts("result").map((pair) => {
    const [expression, file] = splitPair(pair, "--result")
    return { expression, file }
  })
