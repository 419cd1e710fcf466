/** Tekton Triggers: what templates take, what bindings give, and what listeners put together. */
import { checkFields, KINDS } from "./fields.mjs"
import { checkReferences } from "./references.mjs"
import { ANY, any, compare } from "./shapes.mjs"
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
    if (!KINDS[resource.kind]) continue
    checkFields(resource, inside)
    // Those that are not declared are reported by now.
    checkReferences(resource, index, inside, {
      templateParams: new Map(used.map((name) => [name, "string"])),
      context: ["eventID"],
    })
  }
}

/** A TriggerBinding: its values are parts of the event. */
export const checkTriggerBinding = ({ spec }, report) => checkParts(spec.params ?? [], ["spec", "params"], report)

const PARTS = ["body", "header", "extensions", "context"]

function checkParts(params, path, report) {
  for (const { path: place, expression } of variablesIn(params, path)) {
    if (!PARTS.includes(/^\w*/.exec(expression)[0]))
      report(place, `$(${expression}): an event has ${PARTS.join(", ")} only`)
  }
}

/** An EventListener: its interceptors, bindings and templates exist, and each template gets its params. */
export function checkEventListener({ spec }, index, report) {
  for (const [i, { interceptors }] of (spec.triggerGroups ?? []).entries()) {
    checkInterceptors(interceptors, ["spec", "triggerGroups", i, "interceptors"], report)
  }
  for (const [i, trigger] of (spec.triggers ?? []).entries()) {
    const path = ["spec", "triggers", i]
    checkInterceptors(trigger.interceptors, [...path, "interceptors"], report)
    checkParts(trigger.bindings ?? [], [...path, "bindings"], report)
    checkTrigger(trigger, path, index, report)
  }
}

const secretRef = any("secretName", "secretKey")
/** What the interceptors that we use take. Tekton passes over params that it does not know. */
const INTERCEPTORS = {
  github: {
    ...{ secretRef, eventTypes: [ANY], addChangedFiles: { enabled: ANY, personalAccessToken: secretRef } },
    githubOwners: { ...any("enabled", "checkType"), personalAccessToken: secretRef },
  },
  cel: { filter: ANY, overlays: [any("key", "expression")] },
}

function checkInterceptors(interceptors = [], path, report) {
  for (const [i, { ref, params = [] }] of interceptors.entries()) {
    const shape = INTERCEPTORS[ref?.name]
    if (!shape) continue
    for (const [j, { name, value }] of params.entries()) {
      const place = [...path, i, "params", j]
      if (Object.hasOwn(shape, name)) compare(value, shape[name], [...place, "value"], report)
      else report(place, `"${name}" is not a param of ${ref.name}`)
    }
  }
}

function checkTrigger(trigger, path, index, report) {
  const bindings = (trigger.bindings ?? []).filter(({ kind }) => kind !== "ClusterTriggerBinding")
  const lost = bindings.filter(({ ref }) => ref !== undefined && !index.TriggerBinding.has(ref))
  for (const { ref } of lost) report([...path, "bindings"], `there is no TriggerBinding "${ref}"`)
  const { ref, spec } = trigger.template ?? {}
  if (spec) checkTriggerTemplate({ spec }, index, (inner, message) => report([...path, "template", ...inner], message))
  else if (ref === undefined) return
  const template = spec ?? index.TriggerTemplate.get(ref)
  if (!template) report([...path, "template", "ref"], `there is no TriggerTemplate "${ref}"`)
  if (!template || lost.length > 0 || bindings.length < (trigger.bindings ?? []).length) return
  const given = bindings.flatMap(({ name, ref }) => (ref ? (index.TriggerBinding.get(ref).params ?? []) : [{ name }]))
  for (const param of (template.params ?? []).filter((each) => each.default === undefined)) {
    if (!given.some((each) => each.name === param.name))
      report([...path, "bindings"], `the param "${param.name}" of "${ref ?? "the template"}" is missing`)
  }
}
