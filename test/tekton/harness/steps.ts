/** From a Task's steps to what their containers run: StepActions filled in, Tekton's variables replaced. */
import { type Objects, only, type Param, type Step, type StepActionSpec, type TaskSpec } from "./objects.js"
import {
  checkVariables,
  paramReplacements,
  type Replacements,
  replaceList,
  replaceText,
  replaceValue,
} from "./variables.js"

export interface StepInput {
  readonly objects: Objects
  readonly taskName: string
  readonly task: TaskSpec
  readonly params: readonly Param[]
  /** `context.taskRun.name` and the like. */
  readonly context: ReadonlyMap<string, string>
  /** Mount path by workspace; undefined: optional and not bound. */
  readonly paths: ReadonlyMap<string, string | undefined>
}

export const RESULTS_FOLDER = "/tekton/results"
export const stepResultsFolder = (step: string) => `/tekton/steps/step-${step}/results`

/**
 * @returns the steps with their texts as the pod has them; `$(steps.S.results.R)` stands there until the step starts
 * @throws Error as Tekton's webhook or controller refuses the Task
 */
export function resolveSteps(input: StepInput): Step[] {
  const { task, taskName } = input
  const params = paramReplacements(task.params ?? [], input.params, `Task "${taskName}"`)
  const passes = [params, texts(input.context), texts(resultPaths(task)), texts(workspaceVariables(input.paths))]
  const known = new Set(passes.flatMap((pass) => keysOf(pass)))
  return task.steps.map((step, i) => {
    const what = `step "${step.name}" of "${taskName}"`
    const earlier = new Set(task.steps.slice(0, i).map(({ name }) => name))
    const isKnown = (own: ReadonlySet<string>) => (expression: string) =>
      own.has(expression) ||
      (/^steps\.([\w-]+)\.results\.[\w-]+$/.test(expression) && earlier.has(expression.split(".")[1]!))
    only(step, step.ref ? REF_FIELDS : STEP_FIELDS, what)
    if (!step.ref) {
      const own = stepResultPaths(step)
      checkVariables(textsOf(step), isKnown(new Set([...known, ...own.keys()])), what)
      return [...passes, texts(own)].reduce(replaceInStep, step)
    }
    const values = (step.params ?? []).flatMap(({ value }) => valueTexts(value))
    checkVariables(values, isKnown(known), what)
    return passes.reduce(replaceInStep, fillIn(step, input.objects, params, what))
  })
}

const CONTAINER_FIELDS = "image command args script env workingDir securityContext results".split(" ")
const STEP_FIELDS = [...CONTAINER_FIELDS, "name", "computeResources"]
const REF_FIELDS = ["name", "ref", "params", "computeResources"]
const ACTION_FIELDS = [...CONTAINER_FIELDS, "description", "params"]

/** The params are replaced where the Task's own are, so that what they bring in is looked through once more. */
function fillIn(step: Step, objects: Objects, taskParams: Replacements, what: string): Step {
  only(step.ref!, ["name"], what)
  const name = step.ref!.name
  const action = objects.spec<StepActionSpec>("StepAction", name)
  only(action, ACTION_FIELDS, `StepAction "${name}"`)
  const given = (step.params ?? []).map((param) => ({ ...param, value: replaceValue(param.value, taskParams) }))
  const { params: declared = [], ...rest } = action
  const own = stepResultPaths({ ...rest, name: step.name })
  const params = paramReplacements(declared, given, what)
  const known = new Set([...keysOf(params), ...own.keys(), ...CONTEXT])
  checkVariables(textsOf({ ...rest, name }), (expression) => known.has(expression), `StepAction "${name}"`)
  if (action.script?.includes("$(params")) throw new Error(`StepAction "${name}": a param in its script`)
  return [params, texts(own)].reduce(replaceInStep, { ...rest, name: step.name })
}

const CONTEXT = ["context.taskRun.name", "context.taskRun.namespace", "context.taskRun.uid", "context.task.name"]

function replaceInStep(step: Step, replacements: Replacements): Step {
  const one = (text: string) => replaceText(text, replacements.texts)
  return {
    ...step,
    ...(step.image === undefined ? {} : { image: one(step.image) }),
    ...(step.command === undefined ? {} : { command: replaceList(step.command, replacements) }),
    ...(step.args === undefined ? {} : { args: replaceList(step.args, replacements) }),
    ...(step.script === undefined ? {} : { script: one(step.script) }),
    ...(step.workingDir === undefined ? {} : { workingDir: one(step.workingDir) }),
    ...(step.env === undefined ? {} : { env: step.env.map(({ name, value }) => ({ name, value: one(value) })) }),
  }
}

const texts = (map: ReadonlyMap<string, string>): Replacements => ({ texts: map, arrays: new Map() })

const keysOf = (replacements: Replacements) => [
  ...replacements.texts.keys(),
  ...[...replacements.arrays.keys()].map((name) => `${name}[*]`),
]

const textsOf = ({ image = "", command = [], args = [], script = "", workingDir = "", env = [] }: Step) => [
  ...[image, script, workingDir, ...command, ...args],
  ...env.map(({ value }) => value),
]

const valueTexts = (value: Param["value"]): readonly string[] =>
  typeof value === "string" ? [value] : Object.values(value)

const resultPaths = ({ results = [] }: TaskSpec) =>
  new Map(results.map(({ name }) => [`results.${name}.path`, `${RESULTS_FOLDER}/${name}`]))

const stepResultPaths = ({ name: step, results = [] }: Step) =>
  new Map(results.map(({ name }) => [`step.results.${name}.path`, `${stepResultsFolder(step)}/${name}`]))

const workspaceVariables = (paths: StepInput["paths"]) =>
  new Map(
    [...paths].flatMap(([name, path]) => [
      [`workspaces.${name}.path`, path ?? ""],
      [`workspaces.${name}.bound`, String(path !== undefined)],
    ]),
  )
