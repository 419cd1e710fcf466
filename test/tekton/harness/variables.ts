/**
 * Variables as Tekton and the kubelet replace them. Tekton goes over a text several times, once for params, contexts,
 * results and workspaces each, so that what one pass put in is seen by the next; within a pass nothing is replaced twice.
 */
import type { Param, ParamSpec, ParamValue } from "./objects.js"

export interface Replacements {
  readonly texts: ReadonlyMap<string, string>
  readonly arrays: ReadonlyMap<string, readonly string[]>
}

/** Unknown variables stay as they are. */
export const replaceText = (text: string, texts: ReadonlyMap<string, string>): string =>
  text.replace(/\$\([^()$]*\)/g, (variable) => texts.get(variable.slice(2, -1)) ?? variable)

/** An array takes the place of an item that is its variable and nothing else; an empty one leaves nothing. */
export const replaceList = (list: readonly string[], { texts, arrays }: Replacements): string[] =>
  list.flatMap(
    (item) => arrays.get(/^\$\(([^()$]*?)(?:\[\*\])?\)$/.exec(item)?.[1] ?? "") ?? [replaceText(item, texts)],
  )

/** As {@link replaceText}, for params: a text that is the variable of an array becomes the array. */
export function replaceValue(value: ParamValue, replacements: Replacements): ParamValue {
  if (Array.isArray(value)) return replaceList(value, replacements)
  if (typeof value !== "string") {
    const entries = Object.entries(value as Readonly<Record<string, string>>)
    return Object.fromEntries(entries.map(([key, text]) => [key, replaceText(text, replacements.texts)]))
  }
  const name = /^\$\(([^()$]*)\[\*\]\)$/.exec(value)?.[1]
  return (name !== undefined && replacements.arrays.get(name)) || replaceText(value, replacements.texts)
}

/**
 * The variables of params: `params.x`, `params["x"]`, `params['x']`, with `[0]` for items and `.key` for keys.
 * @param declared the params of the Task, Pipeline or StepAction
 * @throws Error when a param is missing, is one too many or has the wrong type
 */
export function paramReplacements(declared: readonly ParamSpec[], given: readonly Param[], what: string): Replacements {
  const texts = new Map<string, string>()
  const arrays = new Map<string, readonly string[]>()
  const extra = given.find(({ name }) => !declared.some((spec) => spec.name === name))
  if (extra) throw new Error(`${what}: there is no param "${extra.name}"`)
  for (const spec of declared) {
    const value = given.find(({ name }) => name === spec.name)?.value ?? spec.default
    if (value === undefined) throw new Error(`${what}: the param "${spec.name}" is missing`)
    const type = spec.type ?? typeOf(spec.default ?? "")
    if (typeOf(value) !== type) throw new Error(`${what}: the param "${spec.name}" takes ${type}, not ${typeOf(value)}`)
    for (const key of [`params.${spec.name}`, `params["${spec.name}"]`, `params['${spec.name}']`]) {
      if (typeof value === "string") texts.set(key, value)
      else if (Array.isArray(value)) {
        arrays.set(key, value)
        for (const [i, item] of value.entries()) texts.set(`${key}[${i}]`, item)
      } else for (const [property, text] of Object.entries(value)) texts.set(`${key}.${property}`, text)
    }
  }
  return { texts, arrays }
}

function typeOf(value: ParamValue): string {
  if (typeof value === "string") return "string"
  if (Array.isArray(value)) return value.every((item) => typeof item === "string") ? "array" : "a list of other things"
  const isObject = typeof value === "object" && value !== null
  return isObject && Object.values(value).every((item) => typeof item === "string") ? "object" : `${value}, unquoted`
}

/**
 * The kubelet's expansion of command, args and env: `$(VAR)` of the container's variables, `$$` for `$`. Unknown ones
 * stay as they are.
 */
export const expandVariables = (text: string, env: ReadonlyMap<string, string>): string =>
  text.replace(/\$(?:\$|\(([^)]*)\))/g, (found, name: string | undefined) =>
    name === undefined ? "$" : (env.get(name) ?? found),
  )

/**
 * Tekton's webhook refuses variables that lead nowhere, and arrays as part of a text. What values bring in later is not
 * looked at.
 * @param texts the spec's own texts
 * @param known whether a variable is there
 * @param roots the variables that are looked at
 * @throws Error naming the variable
 */
export function checkVariables(
  texts: readonly string[],
  known: (expression: string) => boolean,
  what: string,
  roots = TEKTONS,
): void {
  for (const text of texts) {
    for (const [variable, expression = ""] of text.matchAll(/\$\(([^()$]*)\)/g)) {
      if (roots.test(expression) && !known(expression)) throw new Error(`${what}: ${variable} leads nowhere`)
      if (expression.endsWith("[*]") && text !== variable) throw new Error(`${what}: ${variable} must stand alone`)
    }
  }
}

/** Those that are not may be the kubelet's or the shell's. */
const TEKTONS = /^(?:params|context|workspaces|results|step|steps|tasks|finally|inputs|outputs)\b/

/** In a Pipeline there is no container whose variables they could be: from 1.14 on, all must be known. */
export const ALL = /^\S+$/
