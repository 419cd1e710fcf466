import { runGenerator } from "../core/generator.js"
import { select } from "../core/query.js"
import type { TemplateVariable } from "../core/scope.js"
import { isMap, type ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { type Read, readContext } from "./get.js"
import { type Runtime, warnOnce } from "./runtime.js"

export interface GenerateOptions {
  readonly id: string
  /** Where the map of generator items stands. */
  readonly query: string
  readonly variables: readonly TemplateVariable[]
  /** Whether the templates see the newest document of the primary; else that of a cache will do. */
  readonly refresh: boolean
}

export interface Generated {
  readonly snapshot: Read
  readonly count: number
}

/**
 * Runs the generator items at a path and commits what they set; nothing set, nothing committed.
 * @returns the document as it is then, and the number of assignments made
 * @throws StateError PATH_NOT_FOUND, TEMPLATE, TYPE_CONFLICT, STORE_FAILED, CACHE_FAILED
 */
export async function generate(runtime: Runtime, options: GenerateOptions): Promise<Generated> {
  const { id, query, variables } = options
  const before = await readContext(runtime, options)
  const { document } = before
  const [items] = select(document, query)
  if (!isMap(items)) {
    throw new StateError("PATH_NOT_FOUND", `There is no map of generator items at "${query}"`, {
      hint: "A generator is a map of items {if, set: [{key, value}]}.",
    })
  }
  const { render, condition } = await runtime.templates.open()
  const input = (current: ValueMap, item: ValueMap) => ({
    document: current,
    name: query,
    variables,
    names: new Map([["generator", item]]),
  })
  const assignments = runGenerator({
    document,
    items,
    render: (template, current, item) => render(template, input(current, item)),
    test: (template, current, item) => condition(template, input(current, item)) !== "",
    warn: warnOnce(runtime.logger),
  })
  const count = assignments.length
  const snapshot = count > 0 ? await runtime.states.commit(id, runtime.change("update", assignments)) : before
  return { snapshot, count }
}
