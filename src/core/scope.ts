/** What a template sees: the document's keys, the config as `configData`, and the variables given for this command. */
import { isTruthy } from "../data/python.js"
import type { Value, ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { type Assignment, applyAssignments } from "./assignment.js"
import { select } from "./query.js"

/** A variable for templates, as `--tmpl-ctx-var PATH=EXPRESSION` gives it. */
export interface TemplateVariable {
  readonly target: (value: Value) => Assignment
  /** A query into the document; where it is none or finds nothing, it stands for itself. */
  readonly expression: string
}

/**
 * The scope of a document's templates. A variable whose expression finds a falsy value is left undefined, as the Python
 * tool does; several matches are a list.
 */
export function templateScope(
  document: ValueMap,
  configData: ValueMap,
  variables: readonly TemplateVariable[] = [],
): ValueMap {
  const assignments = variables.flatMap(({ target, expression }) => {
    const found = find(document, expression)
    const value = found.length === 0 ? expression : found.length === 1 ? found[0]! : found
    return isTruthy(value) ? [target(value)] : []
  })
  return applyAssignments(new Map(document).set("configData", configData), assignments)
}

function find(document: ValueMap, expression: string): readonly Value[] {
  try {
    return select(document, expression)
  } catch (error) {
    if (error instanceof StateError && error.code === "USAGE") return []
    throw error
  }
}
