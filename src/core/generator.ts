/** Generators: items `{if, set: [{key, value}]}` in the document that `generate` turns into assignments. */
import { isTruthy, pythonStr } from "../data/python.js"
import { isList, isMap, type Value, type ValueMap } from "../data/value.js"
import { type Assignment, applyAssignments } from "./assignment.js"
import { legacyAssignment } from "./assignment-text.js"

export interface GeneratorInput {
  readonly document: ValueMap
  /** The map of items that the generator's path names. */
  readonly items: ValueMap
  /** Renders a template against a document, with the item as `generator`. */
  readonly render: (template: string, document: ValueMap, item: ValueMap) => string
  /** Whether an `if` template holds: renders to any text. */
  readonly test: (template: string, document: ValueMap, item: ValueMap) => boolean
  readonly warn: (message: string) => void
}

/**
 * The assignments of all items, in the file's order. An item whose `if` is falsy or renders to nothing is skipped; the templates of one
 * item all see the document as it was before the item, later items see earlier ones.
 */
export function runGenerator({ document, items, render, test, warn }: GeneratorInput): readonly Assignment[] {
  const assignments: Assignment[] = []
  let current = document
  for (const item of items.values()) {
    if (!isMap(item)) continue
    const condition = item.get("if")
    if (condition !== undefined && !(isTruthy(condition) && test(pythonStr(condition), current, item))) continue
    const made = itemAssignments(item, (template) => render(template, current, item))
    current = applyAssignments(current, made, warn)
    assignments.push(...made)
  }
  return assignments
}

function itemAssignments(item: ValueMap, render: (template: string) => string): readonly Assignment[] {
  const list = item.get("set")
  return (isList(list) ? list : []).flatMap((pair) => {
    const [key, value] = isMap(pair) ? [pair.get("key"), pair.get("value")] : []
    if (!isTruthy(key) || !isTruthy(value)) return []
    return assignment(render(pythonStr(key!)).trim(), render(pythonStr(value!)).trim())
  })
}

/** A key that renders blank assigns nothing; a value may be blank. */
const assignment = (key: string, value: Value): readonly Assignment[] =>
  key === "" ? [] : [legacyAssignment(key, value)]
