/**
 * A Jinja2 engine: templates render as Jinja2 3.1 renders them with the extension `loopcontrols` and without a loader,
 * over data that is kept as Python has it. Nothing in a template can reach the runtime.
 */
import { type CompiledTemplate, compileTemplate } from "./compile.js"
import { type CustomFilter, customFilters } from "./custom-filter.js"
import { JinjaError, positionIn } from "./errors.js"
import { filterTable } from "./filters/index.js"
import { Context } from "./frame.js"
import { findGlobal } from "./globals.js"
import { normaliseSource } from "./lexer.js"
import { DEFAULT_LIMITS, type Limits } from "./limits.js"
import { noPrelude, type Prelude, preparePrelude } from "./prelude.js"
import { Runtime, type Scope } from "./runtime.js"
import { findTest } from "./tests.js"

export { parseJsonMap as parseJson } from "../data/json.js"
export type { Value, ValueList, ValueMap } from "../data/value.js"
export type { CustomFilter } from "./custom-filter.js"
export { JinjaError } from "./errors.js"
export { DEFAULT_LIMITS, type Limits } from "./limits.js"
export type { Scope } from "./runtime.js"

export interface JinjaOptions {
  /** Bounds that differ from {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<Limits>
  /** Filters beyond the built-in ones, by name; they come before those of the same name. */
  readonly filters?: Readonly<Record<string, CustomFilter>>
  /** Text that stands before every template, compiled once: macros and sets that all templates see. */
  readonly prelude?: string
}

export interface TemplateOptions {
  /** For error messages; `<template>` without it. */
  readonly name?: string
}

export interface Template {
  /** @throws JinjaError, and nothing else */
  render(scope: Scope): string
}

export interface Jinja {
  /**
   * Renders a template with the scope's keys as its variables.
   * @throws JinjaError, and nothing else
   */
  render(template: string, scope: Scope, options?: TemplateOptions): string
  /** @throws JinjaError for a template, or a prelude, that does not parse */
  compile(template: string, options?: TemplateOptions): Template
}

/** Makes an engine. A prelude that does not parse shows with every compile or render. */
export function createJinja(options: JinjaOptions = {}): Jinja {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits }
  const filters = filterTable(customFilters(options.filters ?? {}))
  const tables = { filters, tests: findTest(filters) }
  const text = options.prelude ?? ""
  const before = text === "" ? noPrelude : preparePrelude(text, tables)

  const compile = (template: string, { name = "<template>" }: TemplateOptions = {}): Template => {
    const prelude = guard(() => before(template), { prelude: text, source: "", base: text.length + 1, name })
    const source = normaliseSource(prelude.template)
    const place = { prelude: prelude.source, source, base: prelude.base, name }
    const { base, blocks } = prelude
    const code = guard(() => compileTemplate({ source, base, blocks, start: prelude.start(source), ...tables }), place)
    return { render: (scope) => renderOnce({ prelude, code, limits, place }, scope) }
  }
  return { compile, render: (template, scope, templateOptions) => compile(template, templateOptions).render(scope) }
}

interface Prepared {
  readonly prelude: Prelude
  readonly code: CompiledTemplate
  readonly limits: Limits
  readonly place: Sources
}

function renderOnce({ prelude, code, limits, place }: Prepared, scope: Scope): string {
  const rt = new Runtime(limits)
  const run = () => {
    const context = Context.of(scope, code.blocks, findGlobal)
    prelude.run(rt, context)
    code.run(rt, context)
    return rt.result()
  }
  return guard(run, place, rt)
}

/** The texts that offsets point into, one behind the other. */
interface Sources {
  readonly prelude: string
  readonly source: string
  /** Where the template begins. */
  readonly base: number
  readonly name: string
}

/** Runs, and lets nothing out but a JinjaError that says where it happened. */
function guard<T>(run: () => T, place: Sources, rt?: Runtime): T {
  try {
    return run()
  } catch (thrown) {
    // The bounds leave room enough; this is for callers that stand deep in the stack themselves.
    const error = thrown instanceof RangeError ? outOfStack(thrown) : thrown
    if (!(error instanceof JinjaError)) throw error
    const offset = error.offset ?? rt?.at ?? place.base
    if (offset < place.base) throw error.at(positionIn(place.prelude, offset, "<prelude>"))
    throw error.at(positionIn(place.source, offset - place.base, place.name))
  }
}

const outOfStack = (cause: RangeError) =>
  cause.message.includes("call stack")
    ? new JinjaError("RecursionError", "maximum recursion depth exceeded", { cause })
    : new JinjaError("LimitError", "the template needs more memory than there is", { cause })
