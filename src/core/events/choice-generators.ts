/** `choice-generators` of a manual choice: one more choice for each item of a map in the document. */
import { DataError } from "../../data/data-error.js"
import { pythonStr } from "../../data/python.js"
import { isMap, type Value, type ValueMap } from "../../data/value.js"
import { MAX_UNTRUSTED_PARTS, parseYaml } from "../../data/yaml.js"
import { StateError } from "../../errors.js"
import { typeName } from "../merge.js"
import { select } from "../query.js"
import { requireKey } from "./blocks.js"
import type { PlanContext } from "./handler.js"

/**
 * @param block of the manual choice, its title rendered; templates see it as `manualChoice`
 * @returns the choices by name, in the order of generators and items; a later one of the same name takes the place of
 *   the earlier
 * @throws StateError CONFIG_INVALID, PATH_NOT_FOUND (nothing to walk over), TEMPLATE
 */
export async function generateChoices(block: ValueMap, context: PlanContext): Promise<ValueMap> {
  const generators = block.get("choice-generators") ?? new Map()
  if (!isMap(generators)) throw invalid(`"choice-generators" must be a map, not ${typeName(generators)}`)
  const choices = new Map<string, Value>()
  for (const [name, generator] of generators) {
    const place = `choice-generators.${name}`
    if (!isMap(generator)) throw invalid(`"${place}" must be a map, not ${typeName(generator)}`)
    for (const [key, choice] of await generate(generator, place, block, context)) choices.set(key, choice)
  }
  return choices
}

async function generate(generator: ValueMap, place: string, self: ValueMap, context: PlanContext): Promise<ValueMap> {
  const { document, render } = context
  const text = (key: string) => render(requireKey(generator, key), `${place}.${key}`, { self })
  const items = itemsAt(document, text("foreach").trim(), place)
  const iterator = nameAt(document, text("iterator").trim())
  const template = requireKey(generator, "template")
  const choices = new Map<string, Value>()
  for (const item of items.values()) {
    const yaml = render(template, `${place}.template`, { self, names: new Map([[iterator, item]]) })
    const [name, choice] = await firstOf(yaml, place)
    choices.set(name, choice)
  }
  return choices
}

function itemsAt(document: ValueMap, query: string, place: string): ValueMap {
  const [found] = selectAt(document, query, place)
  if (found === undefined) {
    throw new StateError("PATH_NOT_FOUND", `"${place}.foreach": there is nothing at "${query}"`, {
      hint: "It names a map of the document; an empty one makes no choices.",
    })
  }
  if (isMap(found)) return found
  throw invalid(`"${place}.foreach": at "${query}" is ${typeName(found)}, not a map`)
}

/** A bad path in an app file is no slip of the command line. */
function selectAt(document: ValueMap, query: string, place: string): readonly Value[] {
  try {
    return select(document, query)
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause
    throw new StateError("CONFIG_INVALID", `"${place}.foreach": ${cause.message}`, { hint: cause.hint, cause })
  }
}

/** The name at a path of the document; a text that is no path to anything is the name itself. */
function nameAt(document: ValueMap, text: string): string {
  try {
    const [found] = select(document, text)
    return found === undefined ? text : pythonStr(found)
  } catch {
    return text
  }
}

/** A template makes one choice: the first key of its YAML. */
async function firstOf(yaml: string, place: string): Promise<readonly [string, Value]> {
  try {
    const value = await parseYaml(yaml, { maxParts: MAX_UNTRUSTED_PARTS })
    const first = isMap(value) ? [...value][0] : undefined
    if (first) return first
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    throw notYaml(place, `: ${cause.message}`, cause)
  }
  throw notYaml(place, "")
}

const notYaml = (place: string, reason: string, cause?: unknown) =>
  new StateError("TEMPLATE", `"${place}.template" renders to no map in YAML${reason}`, {
    hint: "It must render to NAME: {header, options}.",
    cause,
  })

const invalid = (message: string) => new StateError("CONFIG_INVALID", message)
