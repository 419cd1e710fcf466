/** The document that `init` builds from the app file and its bases, and what every document must hold. */
import { pythonStr } from "../data/python.js"
import { isList, isMap, type Value, type ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { type Assignment, applyAssignments } from "./assignment.js"
import { didYouMean } from "./did-you-mean.js"
import { mergeMaps, typeName } from "./merge.js"
import { valueAt } from "./path.js"

export interface AppConfig {
  /** The app file as it was read. */
  readonly app: ValueMap
  /** The files that its `bases` name, in that order. */
  readonly bases: readonly ValueMap[]
}

export interface NewContext extends AppConfig {
  readonly id: string
  /** Which of the `cicd-contexts` becomes the document. */
  readonly contextName: string
  readonly assignments: readonly Assignment[]
  /** Renders a template of `variables` against the document so far; the name says which one it is. */
  readonly render: (template: string, document: ValueMap, name: string) => string
  readonly warn: (message: string) => void
}

/**
 * Builds a document: the merged context, `appPipelinesConfig`, `jinja2Macros`, `state`, then the assignments, then
 * `variables`, each rendered against what is there by then.
 * @throws StateError CONFIG_INVALID (merge, unknown context, wrong types), TYPE_CONFLICT, TEMPLATE
 */
export function buildDocument({ id, app, bases, contextName, assignments, render, warn }: NewContext): ValueMap {
  const merged = [...bases, app].reduce((below, over) => mergeMaps(below, over))
  const document = new Map(contextOf(merged, contextName))
  document.set("appPipelinesConfig", app)
  document.set("jinja2Macros", macrosOf(merged))
  const ids: ReadonlyArray<readonly [string, Value]> = [
    ["cicdContextDataId", id],
    ["cicdContextName", contextName],
  ]
  const state = document.get("state")
  document.set("state", new Map([...ids, ...(isMap(state) ? state : []), ...ids]))
  const assigned = applyAssignments(document, assignments, warn)
  return addVariables(assigned, mapUnder(merged, "variables"), render)
}

/** The base files that an app file names; anything but a list names none, as ever. */
export function baseNames(app: ValueMap): readonly string[] {
  const bases = app.get("bases")
  return isList(bases) ? bases.map(pythonStr) : []
}

function contextOf(merged: ValueMap, name: string): ValueMap {
  const contexts = mapUnder(merged, "cicd-contexts")
  const context = contexts.get(name)
  if (isMap(context)) return context
  const names = [...contexts.keys()]
  throw new StateError(
    "CONFIG_INVALID",
    context === undefined
      ? `The app file and its bases have no "cicd-contexts.${name}"${didYouMean(name, names)}`
      : `"cicd-contexts.${name}" must be a map, not ${typeName(context)}`,
    { hint: names.length > 0 ? `They have: ${names.join(", ")}.` : 'Add the context under the key "cicd-contexts".' },
  )
}

/** The macros of an app file over its bases, as the document keeps them. */
export function macrosOf(merged: ValueMap): ValueMap {
  const byName = mapUnder(merged, "jinja2-macros")
  return new Map<string, Value>([
    ["byName", byName],
    ["all", [...byName.values()].map((macro) => pythonStr(macro).trim()).join("")],
  ])
}

function addVariables(document: ValueMap, templates: ValueMap, render: NewContext["render"]): ValueMap {
  if (templates.size === 0) return document
  const before = document.get("variables")
  const variables = new Map<string, Value>(isMap(before) ? before : [])
  // Filled while it is read: each template sees the variables before it.
  const current = new Map(document).set("variables", variables)
  for (const [name, template] of templates) {
    const value = isTemplate(template) ? render(pythonStr(template), current, `variables.${name}`) : template
    variables.set(name, value)
  }
  return current
}

/** Numbers and booleans are taken as their text; null, lists and maps stay what they are. */
const isTemplate = (value: Value) => value !== null && typeof value !== "object"

function mapUnder(map: ValueMap, key: string): ValueMap {
  const value = map.get(key) ?? new Map()
  if (isMap(value)) return value
  throw new StateError("CONFIG_INVALID", `"${key}" in the app file must be a map, not ${typeName(value)}`)
}

/** The macros of a document, one text that stands in front of each of its templates. */
export function macrosText(document: ValueMap): string {
  const macros = valueAt(document, ["jinja2Macros", "all"])
  return typeof macros === "string" ? macros : ""
}
