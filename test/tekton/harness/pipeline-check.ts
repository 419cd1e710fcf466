/** What Tekton refuses of a Pipeline before any of its tasks runs. */
import { type Objects, only, type PipelineSpec, type PipelineTask, type TaskSpec } from "./objects.js"
import { ALL, checkVariables } from "./variables.js"

const FIELDS = ["name", "taskRef", "taskSpec", "params", "workspaces", "when", "retries", "timeout"]

/**
 * @param known the pipeline's own variables: params, contexts, workspaces
 * @throws Error for variables, tasks and workspaces that are not there, and for what is not played here
 */
export function checkPipeline(objects: Objects, pipeline: PipelineSpec, known: ReadonlySet<string>): void {
  const { tasks, finally: final = [] } = pipeline
  const names = new Set(tasks.map(({ name }) => name))
  const isResult = (owner: string, result: string) =>
    tasks.some((task) => task.name === owner && specOf(objects, task).results?.some(({ name }) => name === result))
  const isKnown = (isFinal: boolean) => (expression: string) => {
    const [, owner = "", result] = /^tasks\.([\w-]+)\.(?:results\.([\w-]+)|status)$/.exec(expression) ?? []
    if (result !== undefined) return isResult(owner, result)
    return known.has(expression) || (isFinal && (expression === "tasks.status" || names.has(owner)))
  }
  for (const task of [...tasks, ...final]) {
    const what = `task "${task.name}"`
    const isFinal = final.includes(task)
    only(task, isFinal ? FIELDS : [...FIELDS, "runAfter"], what)
    const lost = (task.runAfter ?? []).find((name) => !names.has(name))
    if (lost) throw new Error(`${what}: there is no task "${lost}" to run after`)
    checkVariables(textsOf(task), isKnown(isFinal), what, ALL)
    for (const use of task.workspaces ?? []) {
      only(use, ["name", "workspace"], what)
      const name = use.workspace ?? use.name
      const isDeclared = pipeline.workspaces?.some((workspace) => workspace.name === name)
      if (!isDeclared) throw new Error(`${what}: the pipeline has no workspace "${name}"`)
    }
    specOf(objects, task)
  }
}

/** The Task that a pipeline's task runs. @throws Error when there is none */
export function specOf(objects: Objects, { name, taskRef, taskSpec }: PipelineTask): TaskSpec {
  if (taskSpec) return taskSpec
  if (!taskRef) throw new Error(`task "${name}" has neither taskRef nor taskSpec`)
  only(taskRef, ["name", "kind"], `task "${name}"`)
  return objects.spec<TaskSpec>("Task", taskRef.name)
}

/** The texts of a task in which variables may stand. */
export const textsOf = ({ params = [], when = [] }: PipelineTask): string[] => [
  ...params.flatMap(({ value }) => (typeof value === "string" ? [value] : Object.values(value))),
  ...when.flatMap(({ input, values }) => [input, ...values]),
]
