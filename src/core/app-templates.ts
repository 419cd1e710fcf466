/** The texts of an app file and of a config that are templates, to be looked at before any of them is needed. */
import { isList, isMap, type Value, type ValueMap } from "../data/value.js"

export interface NamedTemplate {
  /** Where it stands: `cicd-contexts.stage.pipelines.build.event-handlers.ok.notify.message`. */
  readonly name: string
  readonly text: string
}

/**
 * All that a document is made of: `get` renders any text of it.
 * @param merged the app file over its bases
 */
export const appTemplates = (merged: ValueMap): readonly NamedTemplate[] =>
  ["variables", "cicd-contexts"].flatMap((key) => textsIn(merged.get(key), key))

/** @param data the config under its root key */
export const configTemplates = (data: ValueMap): readonly NamedTemplate[] =>
  ["templates", "trigger", "notify", "manual-choice"].flatMap((key) => textsIn(data.get(key), key))

/** Every text below: those that are no template are plain text to the engine, which nothing can be wrong with. */
function textsIn(value: Value | undefined, name: string): readonly NamedTemplate[] {
  if (typeof value === "string") return [{ name, text: value }]
  if (value !== undefined && isList(value)) return value.flatMap((item, i) => textsIn(item, `${name}[${i}]`))
  return isMap(value) ? [...value].flatMap(([key, item]) => textsIn(item, `${name}.${key}`)) : []
}

/** The maps in the map at a key, with their own keys. */
export function mapsIn(holder: ValueMap, key: string): ReadonlyArray<{ readonly key: string; readonly map: ValueMap }> {
  const value = holder.get(key)
  return isMap(value) ? [...value].flatMap(([name, map]) => (isMap(map) ? [{ key: name, map }] : [])) : []
}
