/** Plays a PipelineRun: its tasks in the order of runAfter and results, at once where they may, then `finally`. */
import { randomUUID } from "node:crypto"
import type { Namespace } from "./container.js"
import { only, type PipelineRunSpec, type PipelineSpec, type PipelineTask, type WhenExpression } from "./objects.js"
import { checkPipeline, specOf, textsOf } from "./pipeline-check.js"
import { playTaskRun, type TaskRunOutcome } from "./task-run.js"
import { paramReplacements, type Replacements, replaceList, replaceText, replaceValue } from "./variables.js"
import { type Volume, volumeOf } from "./volumes.js"

export interface PipelineRunOutcome {
  readonly name: string
  readonly uid: string
  readonly pipeline: string
  /** Whether no task failed. */
  readonly succeeded: boolean
  /** Why it did not succeed. */
  readonly reason: string
  /** The tasks that ran, in the order they ended. */
  readonly tasks: readonly (TaskRunOutcome & { readonly task: string })[]
  /** The tasks that did not run for a `when` or a missing result. */
  readonly skipped: readonly string[]
  readonly results: Readonly<Record<string, string>>
}

export interface PipelineRunInput {
  readonly name: string
  readonly spec: PipelineRunSpec
  /** Folders of persistent volume claims that are there already. */
  readonly claims?: ReadonlyMap<string, string>
}

/** @throws Error as Tekton refuses the run before any task of it */
export async function playPipelineRun(namespace: Namespace, input: PipelineRunInput): Promise<PipelineRunOutcome> {
  const { name, spec } = input
  only(spec, ["pipelineRef", "pipelineSpec", "params", "workspaces", "taskRunTemplate", "timeouts"], `run "${name}"`)
  const pipelineName = spec.pipelineRef?.name ?? name
  const pipeline = spec.pipelineSpec ?? namespace.objects.spec<PipelineSpec>("Pipeline", pipelineName)
  only(pipeline, ["description", "params", "workspaces", "tasks", "finally", "results"], `Pipeline "${pipelineName}"`)
  const run = startRun(namespace, input, pipeline, pipelineName)
  const arrays = [...run.params.arrays.keys()].map((key) => `${key}[*]`)
  checkPipeline(namespace.objects, pipeline, new Set([...run.params.texts.keys(), ...arrays, ...run.variables.keys()]))
  await playInOrder(run)
  const failed = run.tasks.filter(({ succeeded }) => !succeeded)
  run.variables.set("tasks.status", failed.length > 0 ? "Failed" : run.skipped.length > 0 ? "Completed" : "Succeeded")
  for (const task of pipeline.tasks) run.variables.set(`tasks.${task.name}.status`, statusOf(run, task.name))
  await Promise.all((pipeline.finally ?? []).map((task) => playTask(run, task)))
  const results = (pipeline.results ?? []).map(({ name, value }) => [name, replaceText(value, run.variables)] as const)
  const complete = results.filter(([, value]) => !value.includes("$(tasks."))
  const reason = run.tasks.filter((task) => !task.succeeded).map((task) => `task "${task.task}": ${task.reason}`)
  return {
    ...{ name, uid: run.uid, pipeline: pipelineName, tasks: run.tasks, skipped: run.skipped },
    ...{ succeeded: reason.length === 0, reason: reason.join("\n"), results: Object.fromEntries(complete) },
  }
}

interface Run {
  readonly namespace: Namespace
  readonly name: string
  readonly uid: string
  readonly spec: PipelineRunSpec
  readonly pipeline: PipelineSpec
  readonly params: Replacements
  /** Contexts, workspaces that are bound, and the results so far. */
  readonly variables: Map<string, string>
  readonly volumes: ReadonlyMap<string, Volume>
  readonly tasks: (TaskRunOutcome & { readonly task: string })[]
  readonly skipped: string[]
}

function startRun(
  namespace: Namespace,
  { name, spec, claims }: PipelineRunInput,
  pipeline: PipelineSpec,
  pipelineName: string,
): Run {
  const uid = randomUUID()
  const from = { objects: namespace.objects, folder: namespace.folder, claims: claims ?? new Map() }
  const volumes = new Map((spec.workspaces ?? []).map((binding) => [binding.name, volumeOf(binding, from)]))
  const given = (spec.params ?? []).flatMap(({ value }) => (typeof value === "string" ? [value] : Object.values(value)))
  const result = given.map((text) => /\$\(tasks\.[^()]*\.results\.[^()]*\)/.exec(text)).find((match) => match)
  if (result) throw new Error(`run "${name}": ${result[0]} comes by a param, and no task can have it`)
  const declared = pipeline.workspaces ?? []
  const missing = declared.find(({ name: workspace, optional }) => !optional && !volumes.has(workspace))
  if (missing) throw new Error(`run "${name}": the workspace "${missing.name}" is missing`)
  const variables = new Map([
    ["context.pipelineRun.name", name],
    ["context.pipelineRun.namespace", namespace.name],
    ["context.pipelineRun.uid", uid],
    ["context.pipeline.name", pipelineName],
    ...declared.map(
      ({ name: workspace }) => [`workspaces.${workspace}.bound`, String(volumes.has(workspace))] as const,
    ),
  ])
  const params = paramReplacements(pipeline.params ?? [], spec.params ?? [], `Pipeline "${pipelineName}"`)
  return { namespace, name, uid, spec, pipeline, params, variables, volumes, tasks: [], skipped: [] }
}

/** A task that fails lets those that run end, and no other begins. */
async function playInOrder(run: Run): Promise<void> {
  const waiting = new Set(run.pipeline.tasks)
  const running = new Set<Promise<void>>()
  const done = new Set<string>()
  while (waiting.size > 0 || running.size > 0) {
    const failed = run.tasks.some(({ succeeded }) => !succeeded)
    const ready = failed ? [] : [...waiting].filter((task) => needsOf(task).every((name) => done.has(name)))
    for (const task of ready) {
      waiting.delete(task)
      const playing: Promise<void> = playTask(run, task).then(() => {
        done.add(task.name)
        running.delete(playing)
      })
      running.add(playing)
    }
    if (running.size === 0) {
      if (failed) return
      if (waiting.size > 0) throw new Error(`run "${run.name}": the tasks wait for each other`)
    } else await Promise.race(running)
  }
}

const needsOf = (task: PipelineTask): readonly string[] => [
  ...(task.runAfter ?? []),
  ...textsOf(task).flatMap((text) => [...text.matchAll(/\$\(tasks\.([\w-]+)\.results\./g)].map((match) => match[1]!)),
]

async function playTask(run: Run, task: PipelineTask): Promise<void> {
  const { namespace } = run
  const passes = [run.params, { texts: run.variables, arrays: new Map<string, readonly string[]>() }]
  const fill = (list: readonly string[]) => passes.reduce<readonly string[]>(replaceList, list)
  if (!hasResults(run, task) || !(task.when ?? []).every((when) => holds(when, fill))) {
    run.skipped.push(task.name)
    return
  }
  const params = (task.params ?? []).map(({ name, value }) => ({ name, value: passes.reduce(replaceValue, value) }))
  const outcome = await playTaskRun(namespace, {
    ...{ name: `${run.name}-${task.name}`, uid: randomUUID(), taskName: task.taskRef?.name ?? task.name },
    ...{ task: specOf(namespace.objects, task), params, volumes: volumesOf(run, task), retries: task.retries ?? 0 },
    podSecurity: run.spec.taskRunTemplate?.podTemplate?.securityContext ?? {},
  })
  run.tasks.push({ ...outcome, task: task.name })
  for (const [name, value] of Object.entries(outcome.results))
    run.variables.set(`tasks.${task.name}.results.${name}`, value)
}

/**
 * Whether the results that a task uses are there; those of tasks that did not run are not.
 * @throws Error when a task that ran did not write its result
 */
function hasResults(run: Run, task: PipelineTask): boolean {
  const used = textsOf(task).flatMap((text) => [...text.matchAll(/\$\((tasks\.([\w-]+)\.results\.[\w-]+)\)/g)])
  const missing = used.filter(([, variable]) => !run.variables.has(variable!))
  const unwritten = missing.find(([, , owner]) => statusOf(run, owner!) === "Succeeded")
  if (unwritten) throw new Error(`task "${task.name}": ${unwritten[0]} was not written`)
  return missing.length === 0
}

const volumesOf = (run: Run, { workspaces = [] }: PipelineTask): ReadonlyMap<string, Volume> =>
  new Map(
    workspaces.flatMap(({ name, workspace = name }) => {
      const volume = run.volumes.get(workspace)
      return volume ? [[name, volume] as const] : []
    }),
  )

function holds(
  { input, operator, values }: WhenExpression,
  fill: (list: readonly string[]) => readonly string[],
): boolean {
  const isIn = fill(values).includes(fill([input])[0]!)
  if (operator === "in") return isIn
  if (operator === "notin") return !isIn
  throw new Error(`when: there is no operator "${operator}"`)
}

function statusOf(run: Run, name: string): string {
  const task = run.tasks.find((each) => each.task === name)
  return task ? (task.succeeded ? "Succeeded" : "Failed") : "None"
}
