/** The check of Tekton YAML: what neither Tekton's webhook nor tekton-lint finds. */
import { readFileSync } from "node:fs"
import { checkCatalogObject, isCatalogFile } from "./catalog-rules.mjs"
import { readDocuments } from "./documents.mjs"
import { checkFields, KINDS } from "./fields.mjs"
import { checkReferences } from "./references.mjs"
import { checkSteps } from "./steps.mjs"
import { checkEventListener, checkTriggerBinding, checkTriggerTemplate } from "./triggers.mjs"

/**
 * @param {readonly string[]} files to check
 * @param {{ version: string, known?: readonly string[] }} options known: files whose objects may be referred to
 * @returns {import("./documents.mjs").Problem[]} in the order of the files
 */
export function checkFiles(files, { version, known = [] }) {
  const read = (list) => list.map((file) => readDocuments(file, readFileSync(file, "utf8")))
  const checked = read(files)
  const documents = checked.flatMap((file) => file.documents)
  const index = indexOf([...read(known).flatMap((file) => file.documents), ...documents])
  const found = documents.flatMap((document) => checkDocument(document, index, version))
  return [...checked.flatMap(({ problems }) => problems), ...found]
}

function checkDocument({ file, value, report: problemAt }, index, version) {
  const problems = []
  const report = (path, message) => problems.push(problemAt(path, message))
  if (KINDS[value?.kind]) checkFields(value, report)
  // What has the wrong form cannot be looked into.
  if (problems.some(({ message }) => /it must be a (list|map)$/.test(message)) || !value?.spec) return problems
  const isCatalog = isCatalogFile(file)
  if (isCatalog) checkCatalogObject(file, value, version, report)
  if (value.kind === "TriggerTemplate") checkTriggerTemplate(value, index, report)
  else if (value.kind === "TriggerBinding") checkTriggerBinding(value, report)
  else if (value.kind === "EventListener") checkEventListener(value, index, report)
  else checkReferences(value, index, report)
  checkSteps(value, { version, isCatalog }, report)
  return problems
}

function indexOf(documents) {
  const kinds = ["Task", "StepAction", "Pipeline", "TriggerTemplate", "TriggerBinding"]
  const specs = (kind) =>
    documents.filter((each) => each.kind === kind).map(({ name, value }) => [name, value.spec ?? {}])
  return Object.fromEntries(kinds.map((kind) => [kind, new Map(specs(kind))]))
}
