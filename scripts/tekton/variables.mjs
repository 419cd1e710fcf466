/** Tekton's variables, `$(params.x)` and the like: which ones a text uses, and whether they are there. */

/**
 * What a variable can refer to at some place. A set or map that is missing means that there are no such variables here.
 * @typedef {object} Scope
 * @property {Map<string, string>} [params] type by name
 * @property {Set<string>} [workspaces]
 * @property {Set<string>} [results] of the Task
 * @property {Set<string>} [stepResults] of the step itself
 * @property {Map<string, Set<string> | undefined>} [steps] results by name of an earlier step; undefined: not known
 * @property {Map<string, Set<string> | undefined>} [tasks] results by name of a pipeline task
 * @property {Map<string, string>} [templateParams]
 * @property {readonly string[]} context
 * @property {boolean} [isClosed] whether there are Tekton's variables only, and none of a container or shell
 */

export const TASK_CONTEXT = ["taskRun.name", "taskRun.namespace", "taskRun.uid", "task.name"]
export const PIPELINE_CONTEXT = [
  "pipelineRun.name",
  "pipelineRun.namespace",
  "pipelineRun.uid",
  "pipeline.name",
  "pipelineTask.retries",
]

/** All variables in a value, at any depth. @returns {{ path: (string | number)[], text: string, expression: string }[]} */
export function variablesIn(value, path = []) {
  if (typeof value === "string") {
    return [...value.matchAll(/\$\(([^()\s$]+)\)/g)].map(([, expression]) => ({ path, text: value, expression }))
  }
  if (value === null || typeof value !== "object") return []
  const entries = Array.isArray(value) ? value.map((item, i) => [i, item]) : Object.entries(value)
  return entries.flatMap(([key, item]) => variablesIn(item, [...path, key]))
}

/**
 * Reports the variables of a value that lead nowhere, and arrays that do not stand alone.
 * @param {any} value
 * @param {Scope} scope
 */
export function checkVariables(value, path, scope, report) {
  for (const variable of variablesIn(value, path)) {
    const message = problemOf(variable, scope)
    if (message) report(variable.path, `$(${variable.expression}): ${message}`)
  }
}

/** The name of a param that an expression uses. @returns {{ name: string, index: string | undefined } | undefined} */
export function paramOf(expression, root = "params") {
  const [, prefix, dotted, double, single, index] =
    /^(.*?)(?:\.([\w-]+)|\["([^"]+)"\]|\['([^']+)'\])(\[(?:\*|\d+)\])?(?:\.[\w-]+)?$/.exec(
      expression.startsWith(root) ? expression.slice(root.length) : "",
    ) ?? []
  return prefix === "" ? { name: dotted ?? double ?? single, index } : undefined
}

function problemOf({ text, expression }, scope) {
  const parts = expression.split(".")
  if (expression.startsWith("tt.params"))
    return checkParam(paramOf(expression, "tt.params"), text, scope.templateParams)
  if (/^params\b/.test(expression)) return checkParam(paramOf(expression), text, scope.params)
  switch (parts[0]) {
    case "workspaces":
      return scope.workspaces
        ? missing(scope.workspaces, parts[1], "workspace")
        : "a StepAction has no workspaces, take the path as a param"
    case "results":
      return scope.results ? missing(scope.results, parts[1], "result") : "write to $(step.results.NAME.path)"
    case "step":
      return missing(scope.stepResults, parts[2], "result of the step")
    case "steps":
      return parts[2] === "results"
        ? resultProblem(scope.steps, parts, "earlier step")
        : missing(scope.steps, parts[1], "earlier step")
    case "tasks":
      if (!scope.tasks) return "results of pipeline tasks are known to pipelines only, take it as a param"
      if (expression === "tasks.status") return undefined
      return parts[2] === "results" ? resultProblem(scope.tasks, parts, "task") : missing(scope.tasks, parts[1], "task")
    case "context":
      return scope.context.includes(parts.slice(1).join(".")) ? undefined : "there is no such variable here"
    default:
      return scope.isClosed ? "there is no such variable, and from Pipelines 1.14 that is refused" : undefined
  }
}

function checkParam(use, text, params) {
  const type = use && params?.get(use.name)
  if (type === undefined) return "the param is not declared"
  if (type === "array" && use.index === undefined) return "an array is used as a whole, with [*]"
  if (type === "string" && use.index !== undefined) return "it is not an array"
  if (use.index === "[*]" && !/^\$\([^()]+\)$/.test(text)) return "an array must be an argument of its own"
  return undefined
}

const missing = (known, name, what) => (known?.has(name) ? undefined : `there is no ${what} "${name}"`)

function resultProblem(owners, [, owner, , result], what) {
  if (!owners?.has(owner)) return `there is no ${what} "${owner}"`
  const results = owners.get(owner)
  const name = result.replace(/\[.*$/, "")
  return results === undefined || results.has(name) ? undefined : `"${owner}" has no result "${name}"`
}
