/** Plays the container of one step: what the kubelet and Tekton's entrypoint do. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { imageOf } from "./images.js"
import type { Objects, SecurityContext, Step } from "./objects.js"
import type { ContainerOutcome, Mount, Sandbox } from "./sandbox.js"
import { stepResultsFolder } from "./steps.js"
import { expandVariables, replaceText } from "./variables.js"
import { emptyFolder, type Pod } from "./volumes.js"

/** What runs are played in. */
export interface Namespace {
  readonly name: string
  readonly objects: Objects
  readonly sandbox: Sandbox
  /** Where pods and volumes are put. */
  readonly folder: string
  /** The user that the platform gives to every container, whatever image and YAML say, as OpenShift does. */
  readonly uid: number
}

/** A pod while its steps run. */
export interface RunningPod extends Pod {
  readonly mounts: readonly Mount[]
  /** The folders of results on this machine. */
  readonly results: string
  readonly stepsFolder: string
  /** How many there are, with init containers. */
  readonly containers: number
  readonly security: SecurityContext
}

export interface StepOutcome extends ContainerOutcome {
  readonly name: string
  readonly command: readonly string[]
}

/**
 * @param stepResults of the steps before, by `steps.NAME.results.NAME`
 * @throws Error as the kubelet or the Pod Security Standard "restricted" refuses the container
 */
export async function playStep(
  namespace: Namespace,
  pod: RunningPod,
  step: Step,
  stepResults: ReadonlyMap<string, string>,
): Promise<StepOutcome> {
  const { name, image, env: ownEnv = [], workingDir } = step
  if (image === undefined) throw new Error(`step "${name}" has no image`)
  const env = new Map<string, string>(SERVICE_VARIABLES)
  for (const variable of ownEnv) env.set(variable.name, expandVariables(variable.value, env))
  const inside = (text: string) => withStepResults(expandVariables(text, env), stepResults)
  const script = scriptOf(step, pod)
  const command = [...(script ? [script.target] : (step.command ?? [])), ...(step.args ?? [])].map(inside)
  if (!script && step.command === undefined) throw new Error(`step "${name}" has no command`)
  const own = {
    source: emptyFolder(pod, join(pod.stepsFolder, name)),
    target: stepResultsFolder(name),
    readOnly: false,
  }
  const outcome = await namespace.sandbox.run({
    image,
    command,
    env: [...env].map(([key, value]) => [key, withStepResults(value, stepResults)]),
    workingDir: workingDir === undefined || workingDir === "" ? "/" : workingDir,
    mounts: [...pod.mounts, own, ...(script ? [script] : [])],
    ...userOf(namespace, step, pod.security),
  })
  return { ...outcome, name, command }
}

/** Tekton's entrypoint puts these in when the step starts; it fails for those that are not there. */
function withStepResults(text: string, results: ReadonlyMap<string, string>): string {
  const replaced = replaceText(text, results)
  const lost = /\$\(steps\.[\w-]+\.results\.[\w-]+\)/.exec(replaced)
  if (lost && text.includes(lost[0])) throw new Error(`${lost[0]} is not there`)
  return replaced
}

/** What every container has of its own cluster. */
const SERVICE_VARIABLES = [
  ["KUBERNETES_SERVICE_HOST", "10.96.0.1"],
  ["KUBERNETES_SERVICE_PORT", "443"],
] as const

function scriptOf({ name, script, command }: Step, pod: Pod): Mount | undefined {
  if (script === undefined) return undefined
  if (command) throw new Error(`step "${name}" has both script and command`)
  const source = join(pod.folder, `script-${name}`)
  writeFileSync(source, script.startsWith("#!") ? script : `#!/bin/sh\nset -e\n${script}`, { mode: 0o755 })
  return { source, target: `/tekton/scripts/${name}`, readOnly: true }
}

/** The rules of "restricted" hold, though then the platform picks another user. */
function userOf(namespace: Namespace, { name, image, securityContext = {} }: Step, pod: SecurityContext) {
  const refuse = (reason: string) => new Error(`step "${name}": ${reason}`)
  const { allowPrivilegeEscalation, capabilities, seccompProfile = pod.seccompProfile } = securityContext
  if (allowPrivilegeEscalation !== false) throw refuse("allowPrivilegeEscalation must be false")
  if (!capabilities?.drop?.includes("ALL")) throw refuse("capabilities must drop ALL")
  if (seccompProfile?.type !== "RuntimeDefault") throw refuse("seccompProfile must be RuntimeDefault")
  if (!(securityContext.runAsNonRoot ?? pod.runAsNonRoot)) throw refuse("runAsNonRoot must be true")
  const user = securityContext.runAsUser ?? pod.runAsUser ?? imageOf(image!, namespace.folder).user
  if (user === 0) throw refuse("runAsNonRoot, and the image runs as root")
  return { uid: namespace.uid, gid: pod.fsGroup ?? namespace.uid }
}
