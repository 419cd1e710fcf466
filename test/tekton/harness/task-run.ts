/** Plays a TaskRun: one pod per try, its steps one after the other. */
import { chmodSync, mkdirSync, mkdtempSync } from "node:fs"
import { join } from "node:path"
import { type Namespace, playStep, type RunningPod, type StepOutcome } from "./container.js"
import { only, type Param, type SecurityContext, type Step, type TaskSpec } from "./objects.js"
import { readResults } from "./results.js"
import { RESULTS_FOLDER, resolveSteps } from "./steps.js"
import { emptyFolder, type Pod, type Volume } from "./volumes.js"

export interface TaskRunInput {
  readonly name: string
  readonly uid: string
  readonly taskName: string
  readonly task: TaskSpec
  readonly params: readonly Param[]
  readonly volumes: ReadonlyMap<string, Volume>
  readonly podSecurity: SecurityContext
  readonly retries: number
}

export interface TaskRunOutcome {
  readonly name: string
  readonly succeeded: boolean
  /** Why it failed. */
  readonly reason: string
  readonly results: Readonly<Record<string, string>>
  /** The steps of the last try. */
  readonly steps: readonly StepOutcome[]
  readonly tries: number
}

/** @throws Error as Tekton refuses the run before a pod is made */
export async function playTaskRun(namespace: Namespace, input: TaskRunInput): Promise<TaskRunOutcome> {
  only(input.task, ["description", "params", "workspaces", "results", "steps"], `Task "${input.taskName}"`)
  const steps = resolveSteps({
    ...input,
    objects: namespace.objects,
    context: contextOf(namespace, input),
    paths: pathsOf(input),
  })
  for (let tries = 1; ; tries += 1) {
    const outcome = await playPod(namespace, input, steps)
    if (outcome.succeeded || tries > input.retries) return { ...outcome, name: input.name, tries }
  }
}

const contextOf = ({ name: namespace }: Namespace, { name, uid, taskName }: TaskRunInput) =>
  new Map([
    ["context.taskRun.name", name],
    ["context.taskRun.namespace", namespace],
    ["context.taskRun.uid", uid],
    ["context.task.name", taskName],
  ])

function pathsOf({ task, taskName, volumes }: TaskRunInput): ReadonlyMap<string, string | undefined> {
  const declared = task.workspaces ?? []
  const extra = [...volumes.keys()].find((name) => !declared.some((workspace) => workspace.name === name))
  if (extra) throw new Error(`Task "${taskName}": there is no workspace "${extra}"`)
  if ([...volumes.values()].filter(({ kind }) => kind === "claim").length > 1) {
    throw new Error(`Task "${taskName}": more than one workspace is a persistent volume`)
  }
  return new Map(
    declared.map(({ name, optional, mountPath }) => {
      if (!volumes.has(name) && !optional) throw new Error(`Task "${taskName}": the workspace "${name}" is missing`)
      return [name, volumes.has(name) ? (mountPath ?? `/workspace/${name}`) : undefined]
    }),
  )
}

type PodOutcome = Omit<TaskRunOutcome, "name" | "tries">

async function playPod(namespace: Namespace, input: TaskRunInput, steps: readonly Step[]): Promise<PodOutcome> {
  const pod = makePod(namespace, input, steps)
  const done: StepOutcome[] = []
  const taskResults = new Map<string, string>()
  const stepResults = new Map<string, string>()
  const failed = (reason: string): PodOutcome => ({ succeeded: false, reason, results: {}, steps: done })
  for (const step of steps) {
    const outcome = await playStep(namespace, pod, step, stepResults)
    done.push(outcome)
    if (outcome.exitCode !== 0) return failed(`step "${step.name}" exited with ${outcome.exitCode}: ${outcome.stderr}`)
    try {
      const results = readResults(resultFiles(pod, input.task, step), pod.containers)
      for (const [name, text] of results.task) taskResults.set(name, text)
      for (const [name, text] of results.step) stepResults.set(`steps.${step.name}.results.${name}`, text)
    } catch (error) {
      return failed(`step "${step.name}": ${String(error)}`)
    }
  }
  for (const { name, value } of input.task.results ?? []) {
    const lifted = value === undefined ? undefined : stepResults.get(value.slice(2, -1))
    if (value !== undefined && lifted === undefined) return failed(`the result "${name}": ${value} is not there`)
    if (lifted !== undefined) taskResults.set(name, lifted)
  }
  return { succeeded: true, reason: "", results: Object.fromEntries(taskResults), steps: done }
}

const resultFiles = (pod: RunningPod, task: TaskSpec, step: Step) => ({
  task: { folder: pod.results, names: (task.results ?? []).filter(({ value }) => !value).map(({ name }) => name) },
  step: { folder: join(pod.stepsFolder, step.name), names: (step.results ?? []).map(({ name }) => name) },
})

/** The folders that Tekton mounts into every step, and the workspaces. */
function makePod(
  namespace: Namespace,
  { task, volumes, podSecurity }: TaskRunInput,
  steps: readonly Step[],
): RunningPod {
  const folder = mkdtempSync(join(namespace.folder, "pod-"))
  chmodSync(folder, 0o755)
  const pod: Pod = { folder, fsGroup: podSecurity.fsGroup }
  const results = emptyFolder(pod)
  const stepsFolder = join(folder, "steps")
  mkdirSync(stepsFolder)
  const workspaces = (task.workspaces ?? []).flatMap(({ name, readOnly, mountPath }) => {
    const volume = volumes.get(name)
    if (!volume) return []
    const isReadOnly = readOnly === true || volume.kind === "files"
    return [{ source: volume.folder(pod), target: mountPath ?? `/workspace/${name}`, readOnly: isReadOnly }]
  })
  const mounts = [
    { source: emptyFolder(pod), target: "/workspace", readOnly: false },
    { source: emptyFolder(pod), target: "/tekton/home", readOnly: false },
    { source: results, target: RESULTS_FOLDER, readOnly: false },
    ...workspaces,
  ]
  for (const { target } of workspaces) mountPoint(mounts[0]!.source, target)
  const inits = [true, steps.some(({ script }) => script !== undefined), steps.some(needsFolder)].filter(Boolean).length
  return { ...pod, mounts, results, stepsFolder, containers: steps.length + inits, security: podSecurity }
}

/** /workspace is a volume itself, in which the workspaces' mount points are made. */
function mountPoint(folder: string, target: string): void {
  if (target.startsWith("/workspace/")) mkdirSync(join(folder, target.slice("/workspace/".length)), { recursive: true })
}

/** Tekton makes working folders below /workspace in an init container. */
const needsFolder = ({ workingDir }: Step) =>
  workingDir !== undefined && workingDir !== "" && (!workingDir.startsWith("/") || workingDir.startsWith("/workspace/"))
