/** Templates of users: the one way from a template's text to its result. */
import { macrosText } from "../core/context-data.js"
import type { Renderer, TemplateInput } from "../core/ports.js"
import { templateScope } from "../core/scope.js"
import { masker, secretLikeValues } from "../core/secrets.js"
import type { ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import type { Jinja, JinjaError } from "../jinja/index.js"
import { createMeter, type Meter } from "./render-meter.js"

export interface Templates {
  /** The renderer; the engine is loaded when it is first asked for. */
  open(): Promise<Renderer>
  /** Renders one template; a text that has nothing to render is given back without loading the engine. */
  render(template: string, input: TemplateInput): Promise<string>
  /** Another operation begins: what templates took in the one before it no longer counts. */
  restart(): void
}

/**
 * @param errorsAsText the legacy style: a template that fails gives `<jinja2 parse error> TEMPLATE` instead of an error
 */
export function createTemplates(configData: ValueMap, errorsAsText: boolean): Templates {
  const meter = createMeter()
  let opened: Promise<Renderer> | undefined
  const open = () => {
    opened ??= import("../jinja/index.js").then(({ createJinja, JinjaError }) =>
      createRenderer({
        configData,
        errorsAsText,
        meter,
        engines: enginesBy(createJinja),
        isTemplateError: (error) => error instanceof JinjaError,
      }),
    )
    return opened
  }
  return {
    open,
    async render(template, input) {
      if (isPlain(template) && macrosText(input.document) === "") return template
      return (await open()).render(template, input)
    },
    restart: meter.restart,
  }
}

/** Jinja2 changes nothing in a text without its marks, but for line ends and the final one. */
const isPlain = (template: string) => !/\{[{%#]|[\r\n]/.test(template)

/** One engine for each text of macros, so that macros are compiled once. */
function enginesBy(createJinja: (options: { prelude: string }) => Jinja): (macros: string) => Jinja {
  const engines = new Map<string, Jinja>()
  return (macros) => {
    const engine = engines.get(macros) ?? createJinja({ prelude: macros })
    engines.set(macros, engine)
    return engine
  }
}

interface RendererParts {
  readonly configData: ValueMap
  readonly errorsAsText: boolean
  readonly meter: Meter
  readonly engines: (macros: string) => Jinja
  readonly isTemplateError: (error: unknown) => error is JinjaError
}

function createRenderer({ configData, errorsAsText, meter, engines, isTemplateError }: RendererParts): Renderer {
  const renderOne = (template: string, { document, name, variables = [], names = new Map() }: TemplateInput) => {
    const scope = new Map([...templateScope(document, configData, variables), ...names])
    return engines(macrosText(document)).render(template, scope, { name })
  }
  const tryRender = (template: string, input: TemplateInput): string | undefined => {
    const { document, name } = input
    try {
      return meter.measure(name, () => renderOne(template, input))
    } catch (error) {
      if (!isTemplateError(error)) throw error
      if (errorsAsText) return undefined
      throw toStateError(error, name, masker(secretLikeValues(document)))
    }
  }
  return {
    render: (template, input) => tryRender(template, input) ?? `<jinja2 parse error> ${template}`,
    compile(template, { document, name }) {
      try {
        engines(macrosText(document)).compile(template, { name })
      } catch (error) {
        throw isTemplateError(error) ? toStateError(error, name, (text) => text) : error
      }
    },
    condition: (template, input) => tryRender(template, input) ?? "",
  }
}

/** @param mask hides what stands under secret-like keys of the document: it may be the template itself */
function toStateError(error: JinjaError, name: string, mask: (text: string) => string): StateError {
  const { pythonClass, message, templateName = name, line } = error
  const excerpt = error.excerpt && mask(error.excerpt)
  const place = templateName === "<prelude>" ? "the macros" : `the template ${templateName}`
  const code = LIMIT_ERRORS.has(pythonClass) ? "LIMIT_EXCEEDED" : "TEMPLATE"
  const hint = HINTS[pythonClass] ?? "Mend the template, or read the value as it is with --no-render."
  return new StateError(code, `Cannot render ${place}, line ${line ?? 1}: ${pythonClass}: ${mask(message)}`, {
    hint,
    cause: error,
    excerpt,
  })
}

/** The engine's own bounds, and that of recursion, which Python has too. */
const LIMIT_ERRORS: ReadonlySet<string> = new Set(["LimitError", "RecursionError"])

const HINTS: Readonly<Record<string, string>> = {
  UndefinedError: "Set the value first, or give a default: {{ name | default('') }}.",
  TemplateSyntaxError: "Mend the template; a text that is no template is read with --no-render.",
  LimitError: "Make the template do less.",
  RecursionError: "Make the template call itself less deeply, or the data nest less.",
}
