import { parsePath, valueAt } from "../core/path.js"
import type { Snapshot } from "../core/ports.js"
import { select } from "../core/query.js"
import type { TemplateVariable } from "../core/scope.js"
import type { Value, ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import type { Runtime } from "./runtime.js"

export interface GetOptions {
  /** A path, or a query: that gives the list of all it finds. */
  readonly query: string
  /** The value when nothing is there. */
  readonly fallback?: Value | undefined
  /** Whether a text that a path finds is rendered as a template, once. */
  readonly render: boolean
  readonly variables?: readonly TemplateVariable[]
}

/** A document as a command reads it: without a revision where it came from a cache. */
export type Read = Pick<Snapshot, "id" | "document"> & Partial<Snapshot>

/**
 * A context's document.
 * @param refresh takes the newest one from the primary, and brings it into the caches that can be written
 * @throws StateError CONTEXT_NOT_FOUND, STORE_FAILED
 */
export const readContext = async (
  { states }: Runtime,
  { id, refresh }: { readonly id: string; readonly refresh: boolean },
): Promise<Read> => (refresh ? states.readNewest(id) : { id, document: await states.read(id) })

/** The value at a path. @throws StateError PATH_NOT_FOUND, TEMPLATE, USAGE (the query) */
export async function get(runtime: Runtime, document: ValueMap, options: GetOptions): Promise<Value> {
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
