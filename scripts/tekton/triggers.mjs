/** Tekton Triggers: what templates take, what bindings give, and what listeners put together. */
import { checkFields, TEKTON_KINDS } from "./fields.mjs"
import { checkReferences } from "./references.mjs"
import { checkVariables, paramOf, variablesIn } from "./variables.mjs"

/** A TriggerTemplate with the resources that it makes. Parameters as of `checkReferences`. */
export function checkTriggerTemplate({ spec }, index, report) {
  const { params = [], resourcetemplates = [] } = spec
  const templateParams = new Map(params.map(({ name }) => [name, "string"]))
  const used = variablesIn(resourcetemplates).map(({ expression }) => paramOf(expression, "tt.params")?.name)
  for (const [i, { name }] of params.entries()) {
    if (!used.includes(name)) report(["spec", "params", i], `the param "${name}" is not used`)
  }
  for (const [i, resource] of resourcetemplates.entries()) {
    const inside = (path, message) => report(["spec", "resourcetemplates", i, ...path], message)
    const uses = variablesIn(resource).filter(({ expression }) => expression.startsWith("tt."))
    for (const { path, expression } of uses)
      checkVariables(`$(${expression})`, path, { templateParams, context: [] }, inside)
    if (!TEKTON_KINDS[resource.kind]) continue
    checkFields(resource, inside)
    // Those that are not declared are reported by now.
    checkReferences(resource, index, inside, {
      templateParams: new Map(used.map((name) => [name, "string"])),
      context: ["eventID"],
    })
  }
}

/** An EventListener: its bindings and templates exist, and each template gets its params. */
export function checkEventListener({ spec }, index, report) {
  for (const [i, trigger] of (spec.triggers ?? []).entries()) {
    const path = ["spec", "triggers", i]
    const bindings = (trigger.bindings ?? []).filter(({ kind }) => kind !== "ClusterTriggerBinding")
    const lost = bindings.filter(({ ref }) => ref !== undefined && !index.TriggerBinding.has(ref))
    for (const { ref } of lost) report([...path, "bindings"], `there is no TriggerBinding "${ref}"`)
    const name = trigger.template?.ref
    if (name === undefined) continue
    const template = index.TriggerTemplate.get(name)
    if (!template) report([...path, "template", "ref"], `there is no TriggerTemplate "${name}"`)
    if (!template || lost.length > 0 || bindings.length < (trigger.bindings ?? []).length) continue
    const given = bindings.flatMap(({ name, ref }) => (ref ? (index.TriggerBinding.get(ref).params ?? []) : [{ name }]))
    for (const param of (template.params ?? []).filter((each) => each.default === undefined)) {
      if (!given.some((each) => each.name === param.name))
        report([...path, "bindings"], `the param "${param.name}" of "${name}" is missing`)
    }
  }
}
