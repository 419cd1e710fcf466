/** What one object uses of another: variables, params, results and workspaces of Tasks, StepActions and Pipelines. */
import { resolveRef } from "./resolvers.mjs"
import { checkVariables, PIPELINE_CONTEXT, paramOf, TASK_CONTEXT, variablesIn } from "./variables.mjs"

/**
 * @param {any} resource
 * @param {Index} index specs of all known objects, by kind and name
 * @param {(path: (string | number)[], message: string) => void} report
 * @param {object} [outer] what a TriggerTemplate adds to the scope of its resources
 * @typedef {Record<"Task" | "StepAction" | "Pipeline" | "TriggerTemplate" | "TriggerBinding", Map<string, any>>} Index
 */
export function checkReferences({ kind, spec }, index, report, outer = {}) {
  const place = { index, report, path: ["spec"], outer: { context: [], ...outer } }
  CHECKS[kind]?.(spec, place)
}

const CHECKS = {
  StepAction: checkStepAction,
  Task: checkTask,
  Pipeline: checkPipeline,
  TaskRun: checkTaskRun,
  PipelineRun: checkPipelineRun,
}

function checkStepAction(spec, { report, path }) {
  const { params = [], results = [], description: _, ...rest } = spec
  const scope = { params: typesOf(params), stepResults: namesOf(results), context: TASK_CONTEXT }
  checkVariables(rest, path, scope, report)
  const used = variablesIn(rest).map(({ expression }) => expression)
  for (const [i, { name }] of params.entries()) {
    if (!used.some((expression) => paramOf(expression)?.name === name))
      report([...path, "params", i], `the param "${name}" is not used`)
  }
  for (const [i, { name }] of results.entries()) {
    if (!used.includes(`step.results.${name}.path`))
      report([...path, "results", i], `the result "${name}" is never written`)
  }
}

function checkTask(spec, place) {
  const { outer, path, report } = place
  const { params = [], workspaces = [], results = [], steps = [], description: _, ...rest } = spec
  const scope = {
    ...outer,
    params: new Map([...(outer.params ?? []), ...typesOf(params)]),
    workspaces: namesOf([...workspaces, ...[...(outer.workspaces ?? [])].map((name) => ({ name }))]),
    results: namesOf(results),
    context: [...outer.context, ...TASK_CONTEXT],
    tasks: undefined,
  }
  const earlier = new Map()
  for (const [i, step] of steps.entries()) {
    const results = checkStep(step, { ...place, path: [...path, "steps", i] }, { ...scope, steps: new Map(earlier) })
    earlier.set(step.name, results)
  }
  checkVariables(rest, path, scope, report)
  checkVariables(
    results.map(({ value }) => value),
    [...path, "results"],
    { ...scope, steps: earlier },
    report,
  )
}

/** @returns {Set<string> | undefined} the names of its results, if they are known */
function checkStep(step, { index, path, report }, scope) {
  const { ref, ...rest } = step
  const stepResults = namesOf(step.results ?? [])
  checkVariables(rest, path, { ...scope, stepResults }, report)
  if (!ref) return stepResults
  const action = resolveRef(ref, "StepAction", index.StepAction, [...path, "ref"], report)
  if (!action) return undefined
  checkParams(action.params ?? [], step.params ?? [], path, report)
  return namesOf(action.results ?? [])
}

function checkPipeline(spec, place) {
  const { index, outer, path, report } = place
  const { params = [], workspaces = [], tasks = [], finally: final = [], results = [] } = spec
  const scope = {
    ...outer,
    params: new Map([...(outer.params ?? []), ...typesOf(params)]),
    workspaces: namesOf(workspaces),
    tasks: new Map(tasks.map((task) => [task.name, resultsOf(task, index)])),
    context: [...outer.context, ...PIPELINE_CONTEXT],
  }
  for (const [list, group] of [
    ["tasks", tasks],
    ["finally", final],
  ]) {
    for (const [i, task] of group.entries()) {
      checkPipelineTask(task, { ...place, path: [...path, list, i] }, scope)
    }
  }
  const all = new Map([...tasks, ...final].map((task) => [task.name, resultsOf(task, index)]))
  checkVariables(results, [...path, "results"], { ...scope, tasks: all }, report)
}

function checkPipelineTask(task, place, scope) {
  const { index, path, report } = place
  const { taskRef, taskSpec, runAfter = [], workspaces = [], ...rest } = task
  checkVariables(rest, path, { ...scope, isClosed: true }, report)
  for (const name of runAfter.filter((each) => !scope.tasks.has(each)))
    report([...path, "runAfter"], `there is no task "${name}"`)
  for (const [i, binding] of workspaces.entries()) {
    const name = binding.workspace ?? binding.name
    if (!scope.workspaces.has(name)) report([...path, "workspaces", i], `the pipeline has no workspace "${name}"`)
  }
  if (taskSpec) checkTask(taskSpec, { ...place, path: [...path, "taskSpec"], outer: scope })
  const isTask = (taskRef?.kind ?? "Task") === "Task"
  const called =
    taskSpec ?? (taskRef && isTask && resolveRef(taskRef, "Task", index.Task, [...path, "taskRef"], report))
  if (called) checkCall(called, task, path, report)
}

function checkTaskRun(spec, place) {
  const { index, outer, path, report } = place
  const given = withPropagated(spec, outer)
  if (spec.taskSpec) checkTask(spec.taskSpec, { ...place, path: [...path, "taskSpec"], outer: given })
  checkVariables(spec.params, [...path, "params"], { ...outer, context: [...outer.context, ...TASK_CONTEXT] }, report)
  const called = spec.taskSpec ?? resolveRef(spec.taskRef ?? {}, "Task", index.Task, [...path, "taskRef"], report)
  if (called) checkCall(called, spec, path, report)
}

function checkPipelineRun(spec, place) {
  const { index, outer, path, report } = place
  const given = withPropagated(spec, outer)
  if (spec.pipelineSpec) checkPipeline(spec.pipelineSpec, { ...place, path: [...path, "pipelineSpec"], outer: given })
  checkVariables(
    spec.params,
    [...path, "params"],
    { ...outer, context: [...outer.context, ...PIPELINE_CONTEXT] },
    report,
  )
  const called =
    spec.pipelineSpec ??
    resolveRef(spec.pipelineRef ?? {}, "Pipeline", index.Pipeline, [...path, "pipelineRef"], report)
  if (!called) return
  checkCall(called, spec, path, report)
  const tasks = namesOf([...(called.tasks ?? []), ...(called.finally ?? [])])
  for (const [i, { pipelineTaskName: name }] of (spec.taskRunSpecs ?? []).entries()) {
    if (!tasks.has(name)) report([...path, "taskRunSpecs", i], `the pipeline has no task "${name}"`)
  }
}

/** Params and workspaces of a run are known in the specs that it embeds. */
const withPropagated = ({ params = [], workspaces = [] }, outer) => ({
  ...outer,
  params: new Map(params.map(({ name, value }) => [name, Array.isArray(value) ? "array" : "string"])),
  workspaces: namesOf(workspaces),
})

/** Whether a call gives a Task or Pipeline what it needs, and nothing that it does not know. */
function checkCall(called, call, path, report) {
  const matrix = [call.matrix?.params ?? [], ...(call.matrix?.include ?? []).map(({ params }) => params ?? [])].flat()
  checkParams(called.params ?? [], call.params ?? [], path, report, matrix)
  const declared = called.workspaces ?? []
  const given = call.workspaces ?? []
  for (const [i, { name }] of given.entries()) {
    if (!namesOf(declared).has(name))
      report([...path, "workspaces", i], `"${name}" is not a workspace of what is called`)
  }
  for (const { name } of declared.filter((workspace) => !workspace.optional && !namesOf(given).has(workspace.name))) {
    report(path, `the workspace "${name}" is missing`)
  }
}

function checkParams(declared, given, path, report, matrix = []) {
  const types = typesOf(declared)
  for (const [i, { name, value }] of given.entries()) {
    const place = [...path, "params", i]
    const type = types.get(name)
    const isArray = Array.isArray(value) || /^\$\(.*\[\*\]\)$/.test(value)
    if (type === undefined) report(place, `"${name}" is not a param of what is called`)
    else if (type === "array" && !isArray) report(place, `the param "${name}" takes an array`)
    else if (type === "string" && isArray) report(place, `the param "${name}" takes a string`)
    else if (type === "string" && typeof value !== "string") report(place, `the value of "${name}" must be quoted`)
  }
  const names = namesOf([...given, ...matrix])
  for (const { name } of declared.filter((param) => param.default === undefined && !names.has(param.name))) {
    report(path, `the param "${name}" is missing`)
  }
}

function resultsOf({ taskRef, taskSpec }, index) {
  const spec = taskSpec ?? (taskRef?.resolver === undefined ? index.Task.get(taskRef?.name) : undefined)
  return spec && namesOf(spec.results ?? [])
}

const namesOf = (list) => new Set(list.map(({ name }) => name))

const typesOf = (params) =>
  new Map(params.map(({ name, type, default: value }) => [name, type ?? (Array.isArray(value) ? "array" : "string")]))
