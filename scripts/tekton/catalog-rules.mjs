/** The Tekton catalog's rules for what we publish: names, labels, annotations, files beside it. */
import { existsSync } from "node:fs"
import { dirname } from "node:path"

/** Those that Tekton's hub and Artifact Hub know. */
const CATEGORIES = [
  ...["Automation", "Build Tools", "CLI", "Cloud", "Code Quality", "Continuous Integration", "Deployment"],
  ...["Developer Tools", "Git", "Image Build", "Integration & Delivery", "Kubernetes", "Messaging", "Monitoring"],
  ...["Networking", "Openshift", "Publishing", "Security", "Storage", "Test Framework"],
]
const ARTIFACT_HUB_CATEGORIES = [
  ...["ai-machine-learning", "database", "integration-delivery", "monitoring-logging", "networking", "security"],
  ...["storage", "streaming-messaging"],
]
const ANNOTATIONS = {
  "tekton.dev/pipelines.minVersion": (text) => /^\d+\.\d+\.\d+$/.test(text),
  "tekton.dev/categories": (text) => text.split(/,\s*/).every((each) => CATEGORIES.includes(each)),
  "tekton.dev/tags": (text) => text !== "",
  "tekton.dev/displayName": (text) => text !== "",
  "tekton.dev/platforms": (text) => text === "linux/amd64,linux/arm64",
  "artifacthub.io/category": (text) => ARTIFACT_HUB_CATEGORIES.includes(text),
  "artifacthub.io/license": (text) => text === "Apache-2.0",
}

/** Whether a file is a Task or StepAction of ours: KIND/NAME/NAME.yaml. */
export const isCatalogFile = (file) => /(?:^|\/)(task|stepaction)\/([^/]+)\/\2\.yaml$/.test(file)

/** @param {string} file where it stands @param {string} version package.json's, which is the git tag's */
export function checkCatalogObject(file, { kind, metadata, spec }, version, report) {
  const [, folder, name] = /(task|stepaction)\/([^/]+)\/[^/]+$/.exec(file)
  if (kind.toLowerCase() !== folder) report(["kind"], `a ${kind} does not belong into the folder ${folder}`)
  if (metadata.name !== name) report(["metadata", "name"], `it must be the folder's name, ${name}`)
  if (metadata.labels?.["app.kubernetes.io/version"] !== version) {
    report(["metadata", "labels"], `app.kubernetes.io/version must be "${version}"`)
  }
  for (const [key, isValid] of Object.entries(ANNOTATIONS)) {
    const text = metadata.annotations?.[key]
    if (typeof text !== "string" || !isValid(text))
      report(["metadata", "annotations", key], `missing or not valid: ${text}`)
  }
  for (const beside of ["README.md", `samples/${name}.yaml`, "tests/run.yaml"]) {
    if (!existsSync(`${dirname(file)}/${beside}`)) report([], `${beside} is missing beside it`)
  }
  checkSpec(kind, spec, report)
}

function checkSpec(kind, spec, report) {
  const [first, second] = (spec.description ?? "").split("\n")
  if (!first || second) report(["spec", "description"], "the first line must stand alone")
  for (const list of ["params", "workspaces", "results"]) {
    for (const [i, { name, description }] of (spec[list] ?? []).entries()) {
      if (!description) report(["spec", list, i], `"${name}" has no description`)
    }
  }
  if (kind !== "Task") return
  const writable = (spec.workspaces ?? []).filter(({ readOnly }) => !readOnly)
  if (writable.length > 1) report(["spec", "workspaces"], "more than one is writable")
  for (const [i, { computeResources }] of spec.steps.entries()) {
    if (!computeResources?.requests) report(["spec", "steps", i], "computeResources are missing")
  }
}
