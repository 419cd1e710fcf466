/** Text that stands before every template, compiled once, with the same result as if it were put before each. */
import { type CompiledTemplate, type CompileOptions, compileTemplate } from "./compile.js"
import type { BlockCode, Context } from "./frame.js"
import { normaliseNewlines } from "./lexer.js"
import type { Runtime } from "./runtime.js"
import { lstrip, rstrip } from "./text.js"

export interface Prelude {
  /** Its own text; empty where there is none, or where it had to become part of the template. */
  readonly source: string
  /** Where the template's offsets begin. */
  readonly base: number
  readonly blocks: ReadonlyMap<string, BlockCode>
  /** The template's text, to be compiled with this prelude. */
  readonly template: string
  /** Where in the template to begin: behind the white space that a `-%}` at the prelude's end takes. */
  readonly start: (source: string) => number
  readonly run: (rt: Runtime, context: Context) => void
}

export const noPrelude = (template: string): Prelude => ({
  source: "",
  base: 0,
  blocks: new Map(),
  template,
  start: () => 0,
  run: () => {},
})

/** @returns gives the prelude for a template; throws a JinjaError each time for a prelude that does not parse */
export function preparePrelude(
  text: string,
  tables: Pick<CompileOptions, "filters" | "tests">,
): (template: string) => Prelude {
  const source = normaliseNewlines(text)
  const compiled = new Map<string, CompiledTemplate>()
  return (template) => {
    // Where both texts make one tag together, or the prelude's end is the whole's, they cannot be told apart.
    if (template === "" || (source.endsWith("{") && /^[{%#]/.test(template))) return noPrelude(source + template)
    const own = /^\s*\{[%{#]-/.test(template) ? rstrip(source) : source
    const code = compiled.get(own) ?? compileTemplate({ source: own, base: 0, ...tables })
    compiled.set(own, code)
    return {
      source: own,
      base: own.length,
      blocks: code.blocks,
      template,
      start: (body) => (code.stripsNext ? body.length - lstrip(body).length : 0),
      run: code.run,
    }
  }
}
