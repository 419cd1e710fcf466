/** Tekton's and Kubernetes' objects as the YAML gives them, and the objects of one namespace. */
import { readFileSync } from "node:fs"
import { parseAllDocuments } from "yaml"

export type ParamValue = string | readonly string[] | Readonly<Record<string, string>>

export interface Param {
  readonly name: string
  readonly value: ParamValue
}

export interface ParamSpec {
  readonly name: string
  readonly type?: "string" | "array" | "object"
  readonly default?: ParamValue
  readonly properties?: Readonly<Record<string, unknown>>
}

export interface Named {
  readonly name: string
}

export interface ResultSpec extends Named {
  readonly type?: string
  readonly value?: string
}

export interface SecurityContext {
  readonly runAsUser?: number
  readonly runAsNonRoot?: boolean
  readonly fsGroup?: number
  readonly allowPrivilegeEscalation?: boolean
  readonly capabilities?: { readonly drop?: readonly string[] }
  readonly seccompProfile?: { readonly type: string }
}

export interface Step {
  readonly name: string
  readonly image?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly script?: string
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly workingDir?: string
  readonly securityContext?: SecurityContext
  readonly results?: readonly ResultSpec[]
  readonly ref?: Named
  readonly params?: readonly Param[]
}

/** A StepAction's spec: what a step is made of, and the params that it takes. */
export interface StepActionSpec extends Omit<Step, "name" | "ref" | "params"> {
  readonly params?: readonly ParamSpec[]
}

export interface WorkspaceDeclaration extends Named {
  readonly optional?: boolean
  readonly readOnly?: boolean
  readonly mountPath?: string
}

export interface TaskSpec {
  readonly params?: readonly ParamSpec[]
  readonly workspaces?: readonly WorkspaceDeclaration[]
  readonly results?: readonly ResultSpec[]
  readonly steps: readonly Step[]
}

export interface WhenExpression {
  readonly input: string
  readonly operator: string
  readonly values: readonly string[]
}

export interface WorkspaceUse extends Named {
  readonly workspace?: string
  readonly subPath?: string
}

export interface PipelineTask {
  readonly name: string
  readonly taskRef?: Named
  readonly taskSpec?: TaskSpec
  readonly params?: readonly Param[]
  readonly workspaces?: readonly WorkspaceUse[]
  readonly runAfter?: readonly string[]
  readonly when?: readonly WhenExpression[]
  readonly retries?: number
}

export interface PipelineSpec {
  readonly params?: readonly ParamSpec[]
  readonly workspaces?: readonly WorkspaceDeclaration[]
  readonly tasks: readonly PipelineTask[]
  readonly finally?: readonly PipelineTask[]
  readonly results?: readonly Required<Pick<ResultSpec, "name" | "value">>[]
}

interface KeyToPath {
  readonly key: string
  readonly path: string
}

export interface WorkspaceBinding extends Named {
  readonly emptyDir?: object
  readonly volumeClaimTemplate?: object
  readonly persistentVolumeClaim?: { readonly claimName: string }
  readonly configMap?: { readonly name: string; readonly items?: readonly KeyToPath[] }
  readonly secret?: { readonly secretName: string; readonly items?: readonly KeyToPath[] }
  readonly subPath?: string
}

export interface PipelineRunSpec {
  readonly pipelineRef?: Named
  readonly pipelineSpec?: PipelineSpec
  readonly params?: readonly Param[]
  readonly workspaces?: readonly WorkspaceBinding[]
  readonly taskRunTemplate?: { readonly podTemplate?: { readonly securityContext?: SecurityContext } }
}

export interface TaskRunSpec {
  readonly taskRef?: Named
  readonly taskSpec?: TaskSpec
  readonly params?: readonly Param[]
  readonly workspaces?: readonly WorkspaceBinding[]
  readonly podTemplate?: { readonly securityContext?: SecurityContext }
  readonly retries?: number
}

export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name?: string
    readonly generateName?: string
  }
  readonly spec?: unknown
  readonly data?: Readonly<Record<string, string>>
  readonly stringData?: Readonly<Record<string, string>>
}

/** What is in the namespace, by kind and name. */
export interface Objects {
  find(kind: string, name: string): KubernetesObject | undefined
  /** @throws Error when there is none */
  spec<Spec>(kind: string, name: string): Spec
  all(kind: string): readonly KubernetesObject[]
}

/** @throws Error when two objects have one name */
export function objectsOf(list: readonly KubernetesObject[]): Objects {
  const byKey = new Map<string, KubernetesObject>()
  for (const object of list) {
    const key = `${object.kind}/${object.metadata.name ?? object.metadata.generateName}`
    if (byKey.has(key)) throw new Error(`There are two of ${key}`)
    byKey.set(key, object)
  }
  const find = (kind: string, name: string) => byKey.get(`${kind}/${name}`)
  return {
    find,
    all: (kind) => list.filter((object) => object.kind === kind),
    spec<Spec>(kind: string, name: string): Spec {
      const spec = find(kind, name)?.spec
      if (spec === undefined) throw new Error(`There is no ${kind} "${name}"`)
      return spec as Spec
    },
  }
}

/** The objects of a file, read as kubectl reads it. */
export const readObjects = (file: string): KubernetesObject[] => parseObjects(readFileSync(file, "utf8"))

export function parseObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text, { version: "1.1", uniqueKeys: true })
    .filter((document) => document.contents !== null)
    .map((document) => {
      if (document.errors[0]) throw document.errors[0]
      return document.toJS() as KubernetesObject
    })
}

/** Refuses what the harness does not play: no test may pass because a field was passed by. */
export function only(value: object, keys: readonly string[], what: string): void {
  const other = Object.keys(value).find((key) => !keys.includes(key))
  if (other !== undefined) throw new Error(`${what}: the harness does not play "${other}"`)
}
