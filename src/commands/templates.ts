/** Templates of users: the one way from a template's text to its result. */
import { macrosText } from "../core/context-data.js"
import { parsePath, valueAt } from "../core/path.js"
import { type TemplateVariable, templateScope } from "../core/scope.js"
import { pythonStr } from "../data/python.js"
import type { Value, ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"

export interface TemplateInput {
  readonly document: ValueMap
  readonly variables?: readonly TemplateVariable[]
  /** Further names on top of the document's, such as `notify` or `generator`. */
  readonly names?: ReadonlyMap<string, Value>
}

export interface Templates {
  /** @throws StateError TEMPLATE, LIMIT_EXCEEDED; with `errorsAsText` never */
  render(template: string, input: TemplateInput): string
  /** Whether an `if` template renders to something that is not blank. With `errorsAsText` an error counts as blank. */
  test(template: string, input: TemplateInput): boolean
}

/**
 * @param errorsAsText the legacy style: a template that fails gives `<jinja2 parse error> TEMPLATE` instead of an error
 */
export function createTemplates(configData: ValueMap, errorsAsText: boolean): Templates {
  const strict = (template: string, { document, variables = [], names = new Map() }: TemplateInput): string => {
    const scope = new Map([...templateScope(document, configData, variables), ...names])
    return renderPlaceholders(template, scope, macrosText(document))
  }
  const lenient = (template: string, input: TemplateInput): string | undefined => {
    try {
      return strict(template, input)
    } catch (error) {
      if (errorsAsText && error instanceof StateError && (error.code === "TEMPLATE" || error.code === "LIMIT_EXCEEDED"))
        return undefined
      throw error
    }
  }
  return {
    render: (template, input) => lenient(template, input) ?? `<jinja2 parse error> ${template}`,
    test: (template, input) => (lenient(template, input) ?? "").trim() !== "",
  }
}

/** Resolves `{{ dotted.path }}` until the Jinja2 engine takes over. */
function renderPlaceholders(template: string, scope: ValueMap, _macros: string): string {
  return template.replace(/\{\{(.*?)\}\}/gs, (_, expression: string) => {
    const path = parsePath(expression.trim())
    const parent = path.length === 1 ? scope : valueAt(scope, path.slice(0, -1))
    if (parent === undefined) throw new StateError("TEMPLATE", `'${String(path[0])}' is undefined`)
    const value = valueAt(scope, path)
    return value === undefined ? "" : pythonStr(value)
  })
}
