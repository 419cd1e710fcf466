import { parsePath, valueAt } from "../core/path.js"
import { select } from "../core/query.js"
import type { TemplateVariable } from "../core/scope.js"
import type { Value, ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import type { Runtime } from "./runtime.js"

export interface GetOptions {
  readonly id: string
  /** A path, or a query: that gives the list of all it finds. */
  readonly query: string
  /** The value when nothing is there. */
  readonly fallback?: Value | undefined
  /** Whether a text that a path finds is rendered as a template, once. */
  readonly render: boolean
  readonly variables?: readonly TemplateVariable[]
}

/**
 * The value at a path.
 * @throws StateError PATH_NOT_FOUND, TEMPLATE, CONTEXT_NOT_FOUND, STORE_FAILED, USAGE (the query)
 */
export async function get(runtime: Runtime, options: GetOptions): Promise<Value> {
  return lookUp(runtime, await runtime.states.read(options.id), options)
}

/** As {@link get}, of a document at hand. */
export async function lookUp(runtime: Runtime, document: ValueMap, options: Omit<GetOptions, "id">): Promise<Value> {
  const found = find(document, options.query)
  if (found === undefined) {
    if (options.fallback !== undefined) return options.fallback
    throw new StateError("PATH_NOT_FOUND", `There is nothing at "${options.query}"`, {
      hint: "Check the path with: get '$' -o yaml, or give a --default.",
    })
  }
  if (typeof found !== "string" || !options.render) return found
  return runtime.templates.render(found, { document, name: options.query, variables: options.variables ?? [] })
}

function find(document: ValueMap, query: string): Value | undefined {
  if (query === "$") return document
  if (namesOnePlace(query)) return valueAt(document, parsePath(query))
  const found = select(document, query)
  return found.length > 0 ? found : undefined
}

function namesOnePlace(query: string): boolean {
  try {
    return parsePath(query).length > 0
  } catch {
    return false
  }
}
