/** tekton-lint, for Tasks, Pipelines and Triggers; it knows no StepActions. */
import { Linter } from "@ibm/tekton-lint"
import defaults from "@ibm/tekton-lint/dist/default-rule-config.js"

/**
 * @param {readonly string[]} files to check, of Tekton kinds
 * @param {readonly string[]} known files whose objects may be referred to
 * @returns {Promise<import("./documents.mjs").Problem[]>} errors and warnings alike
 */
export async function lintFiles(files, known) {
  const config = { globs: [...new Set([...known, ...files])], rulesConfig: defaults, cache_dir: "none" }
  const problems = await Linter.run(config)
  return problems
    .filter(({ path }) => path === undefined || files.includes(path))
    .map(({ path, loc, rule, message }) => ({
      file: path ?? "",
      line: loc?.startLine ?? 1,
      message: `${message} (${rule})`,
    }))
}
