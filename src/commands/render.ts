import type { TemplateVariable } from "../core/scope.js"
import type { ValueMap } from "../data/value.js"
import type { Runtime } from "./runtime.js"

export interface RenderOptions {
  readonly template: string
  /** Where the template is from, for errors. */
  readonly name: string
  /** The document that the template sees: of a context, or one at hand. */
  readonly from: { readonly id: string } | { readonly data: ValueMap }
  readonly variables: readonly TemplateVariable[]
}

/** Renders a template against a document. @throws StateError TEMPLATE, CONTEXT_NOT_FOUND, STORE_FAILED */
export async function render(runtime: Runtime, { template, name, from, variables }: RenderOptions): Promise<string> {
  const document = "data" in from ? from.data : await runtime.states.read(from.id)
  return runtime.templates.render(template, { document, name, variables })
}
