/** tekton-lint, for Tasks, Pipelines and Triggers; it knows no StepActions. */
import { Linter } from "@ibm/tekton-lint"
import defaults from "@ibm/tekton-lint/dist/default-rule-config.js"

/**
 * @param {readonly string[]} files to check, of Tekton kinds
 * @param {readonly string[]} known files whose objects may be referred to
 * @returns {Promise<import("./documents.mjs").Problem[]>} errors and warnings alike; that it broke is one as well
 */
export async function lintFiles(files, known) {
  const config = { globs: [...new Set([...known, ...files])], rulesConfig: defaults, cache_dir: "none" }
  const problems = await Linter.run(config).catch(({ message }) => [{ rule: "tekton-lint broke", message }])
  return problems
    .filter(({ message }) => !OWN.test(message))
    .filter(({ path }) => path === undefined || files.includes(path))
    .map(({ path, loc, rule, message }) => ({
      file: path ?? "tekton-lint",
      line: loc?.startLine ?? 1,
      message: `${message} (${rule})`,
    }))
}

/** It knows no templates inside of EventListeners: those are found by our own check. */
const OWN = /trigger template 'undefined'/
