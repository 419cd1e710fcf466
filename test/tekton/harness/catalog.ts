/** The catalog's Tasks and StepActions, called as users call them. */

import { randomUUID } from "node:crypto"
import { readdirSync } from "node:fs"
import type { OpenNamespace } from "./namespace.js"
import {
  type KubernetesObject,
  type Param,
  type ParamValue,
  readObjects,
  type StepActionSpec,
  type TaskSpec,
} from "./objects.js"
import { playTaskRun, type TaskRunOutcome } from "./task-run.js"
import type { Volume } from "./volumes.js"

export type Kind = "Task" | "StepAction"

export const catalogNames = (kind: Kind): string[] =>
  readdirSync(`tekton/${kind.toLowerCase()}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

/** All objects of the catalog, as users apply them. */
export const catalogObjects = (): KubernetesObject[] => readObjects("tekton/cicdstatemgr.yaml")

export interface Call {
  readonly params?: Readonly<Record<string, ParamValue>>
  readonly volumes: ReadonlyMap<string, Volume>
  readonly retries?: number
}

/**
 * Runs a Task, or a Task of one step that refers to the StepAction; its results are lifted. Results of the Task around
 * it can be written at $(results.extra.path).
 */
export async function callAction(
  namespace: OpenNamespace,
  kind: Kind,
  name: string,
  { params = {}, volumes, retries = 0 }: Call,
): Promise<TaskRunOutcome> {
  const given = Object.entries(params).map(([key, value]) => ({ name: key, value }))
  const isTask = kind === "Task"
  const task = isTask ? namespace.objects.spec<TaskSpec>("Task", name) : taskAround(namespace, name, given)
  return playTaskRun(namespace, {
    name: `run-${name}`,
    uid: randomUUID(),
    taskName: name,
    task,
    params: given,
    volumes,
    podSecurity: { fsGroup: namespace.uid },
    retries,
  })
}

const WORKSPACES = ["state", "config", "secrets", "source"]

function taskAround({ objects }: OpenNamespace, name: string, params: readonly Param[]): TaskSpec {
  const action = objects.spec<StepActionSpec>("StepAction", name)
  const declared = new Set((action.params ?? []).map((param) => param.name))
  const own = WORKSPACES.filter((workspace) => declared.has(`${workspace}-path`))
  const paths = own.map((workspace) => ({ name: `${workspace}-path`, value: `$(workspaces.${workspace}.path)` }))
  // Values come through params, as texts of the Task itself must not have unknown variables.
  const passed = params.map(({ name: key, value }) => ({
    name: key,
    value: typeof value === "string" ? `$(params.${key})` : [`$(params.${key}[*])`],
  }))
  return {
    params: (action.params ?? []).filter((param) => params.some((each) => each.name === param.name)),
    workspaces: own.map((workspace) => ({ name: workspace, optional: workspace !== "state" })),
    results: [
      { name: "extra" },
      ...(action.results ?? []).map((result) => ({ name: result.name, value: `$(steps.it.results.${result.name})` })),
    ],
    steps: [{ name: "it", ref: { name }, params: [...paths, ...passed] }],
  }
}
