/**
 * The fields that each kind has. Tekton's CRDs keep unknown fields without a word, so that a slip such as
 * `readonlyRootFilesystem` or `default-value` shows nowhere else. From the Go types of Tekton Pipelines v1 and Triggers
 * v1beta1, and of Kubernetes' Deployments and StatefulSets.
 */
import {
  container,
  deploymentSpec,
  env,
  fileVolumes,
  pod,
  resources,
  securityContext,
  statefulSetSpec,
  volumeClaim,
  volumeMounts,
} from "./pods.mjs"
import { ANY, any, compare, FREE } from "./shapes.mjs"

const params = [any("name", "value")]
const paramSpecs = [any("name", "type", "description", "default", "properties", "enum")]
const results = [any("name", "type", "description", "properties", "value")]
const resolverRef = { ...any("name", "kind", "apiVersion", "resolver"), params }
const when = [any("input", "operator", "values", "cel")]

const stepActionSpec = {
  ...any("description", "image", "command", "args", "script", "workingDir"),
  ...{
    env,
    params: paramSpecs,
    results: [any("name", "type", "description", "properties")],
    securityContext,
    volumeMounts,
  },
}
const step = {
  ...container,
  ...any("displayName", "script", "timeout", "onError"),
  ...{ ref: resolverRef, params, when, results, computeResources: resources },
  ...{ workspaces: [any("name", "mountPath")], stdoutConfig: any("path"), stderrConfig: any("path") },
}
const stepTemplate = { ...container, computeResources: resources }
const sidecar = {
  ...stepTemplate,
  ...any(
    "script",
    "ports",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
    "restartPolicy",
    "stdin",
    "tty",
  ),
  ...{ workspaces: [any("name", "mountPath")] },
}
const taskSpec = {
  ...any("description", "displayName", "volumes"),
  ...{ params: paramSpecs, results, steps: [step], stepTemplate, sidecars: [sidecar] },
  workspaces: [any("name", "description", "mountPath", "readOnly", "optional")],
}

const pipelineTask = {
  ...any("name", "displayName", "description", "retries", "runAfter", "timeout", "onError", "pipelineSpec"),
  ...{ taskRef: resolverRef, pipelineRef: resolverRef, params, when },
  taskSpec: { ...taskSpec, ...any("apiVersion", "kind", "spec"), metadata: { labels: FREE, annotations: FREE } },
  matrix: { params, include: [{ name: ANY, params }] },
  workspaces: [any("name", "workspace", "subPath")],
}
const pipelineSpec = {
  ...any("description", "displayName"),
  ...{ params: paramSpecs, results, tasks: [pipelineTask], finally: [pipelineTask] },
  workspaces: [any("name", "description", "optional")],
}

const podTemplate = { ...pod, env, volumes: ANY }
const boundWorkspaces = [
  { ...any("name", "subPath", "emptyDir", "projected", "csi"), ...fileVolumes, volumeClaimTemplate: volumeClaim },
]
const runSpecs = [any("name", "computeResources")]
const pipelineRunSpec = {
  ...any("status", "managedBy"),
  ...{ pipelineRef: resolverRef, pipelineSpec, params, workspaces: boundWorkspaces },
  timeouts: any("pipeline", "tasks", "finally"),
  taskRunTemplate: { serviceAccountName: ANY, podTemplate },
  taskRunSpecs: [
    {
      ...any("pipelineTaskName", "serviceAccountName", "metadata", "computeResources", "timeout"),
      ...{ podTemplate, stepSpecs: runSpecs, sidecarSpecs: runSpecs },
    },
  ],
}
const taskRunSpec = {
  ...any("debug", "serviceAccountName", "status", "statusMessage", "retries", "timeout", "managedBy"),
  ...{ taskRef: resolverRef, taskSpec, params, podTemplate, workspaces: boundWorkspaces, computeResources: resources },
  ...{ stepSpecs: runSpecs, sidecarSpecs: runSpecs },
}

const templateSpec = { params: [any("name", "description", "default")], resourcetemplates: ANY }
const interceptors = [
  {
    name: ANY,
    ref: any("name", "kind", "apiVersion"),
    params: [any("name", "value")],
    webhook: any("objectRef", "url", "header"),
  },
]
const trigger = {
  ...any("name", "triggerRef", "serviceAccountName"),
  bindings: [any("name", "value", "ref", "kind", "apiversion")],
  template: { ...any("ref", "apiversion"), spec: templateSpec },
  interceptors,
}
const selector = { namespaceSelector: any("matchNames"), labelSelector: any("matchLabels", "matchExpressions") }
const eventListenerSpec = {
  ...any("serviceAccountName", "cloudEventURI"),
  ...selector,
  triggers: [trigger],
  triggerGroups: [{ name: ANY, interceptors, triggerSelector: selector }],
  resources: {
    kubernetesResource: any("replicas", "servicePort", "serviceType", "serviceLoadBalancerClass", "spec"),
    customResource: ANY,
  },
}

/** The kinds that are checked, with their API version and the fields of their spec. */
export const KINDS = {
  StepAction: { apiVersion: "tekton.dev/v1beta1", spec: stepActionSpec },
  Task: { apiVersion: "tekton.dev/v1", spec: taskSpec },
  TaskRun: { apiVersion: "tekton.dev/v1", spec: taskRunSpec },
  Pipeline: { apiVersion: "tekton.dev/v1", spec: pipelineSpec },
  PipelineRun: { apiVersion: "tekton.dev/v1", spec: pipelineRunSpec },
  TriggerTemplate: { apiVersion: "triggers.tekton.dev/v1beta1", spec: templateSpec },
  TriggerBinding: { apiVersion: "triggers.tekton.dev/v1beta1", spec: { params } },
  EventListener: { apiVersion: "triggers.tekton.dev/v1beta1", spec: eventListenerSpec },
  Deployment: { apiVersion: "apps/v1", spec: deploymentSpec },
  StatefulSet: { apiVersion: "apps/v1", spec: statefulSetSpec },
}

const metadata = { ...any("name", "generateName", "namespace", "finalizers"), labels: FREE, annotations: FREE }

/**
 * @param {any} resource a document or a resource template
 * @param {(path: (string | number)[], message: string) => void} report
 */
export function checkFields(resource, report) {
  const kind = KINDS[resource.kind]
  if (resource.apiVersion !== kind.apiVersion) report(["apiVersion"], `it is ${kind.apiVersion} for a ${resource.kind}`)
  compare(resource, { ...any("apiVersion", "kind"), metadata, spec: kind.spec }, [], report)
}
