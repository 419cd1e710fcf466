import { writeJson } from "../../data/json.js"
import { isMap, type Value, type ValueMap } from "../../data/value.js"
import { StateError } from "../../errors.js"
import { typeName } from "../merge.js"
import type { TriggerConfig } from "./event-config.js"
import type { EventHandler, PlanContext } from "./handler.js"

/** `trigger-pipeline`: a JSON map of arguments to `trigger.url`, where an EventListener starts the pipeline. */
export const triggerPipeline: EventHandler = {
  blockKey: "name",
  scopeKey: "triggerPipeline",
  plan(block, context) {
    const { url, headers, autoArgs } = context.config.trigger()
    const args = new Map([...renderEach(autoArgs, "auto-args", context), ...renderEach(argsOf(block), "args", context)])
    return {
      kind: "post",
      request: {
        url,
        headers: renderHeaders(headers, context),
        body: writeJson(args, { ascii: true }),
        repeatable: false,
      },
      capture: [],
      isSlack: false,
    }
  },
}

/** Each value is rendered from its text. */
const renderEach = (templates: ValueMap, key: string, { render }: PlanContext): ReadonlyArray<[string, Value]> =>
  [...templates].map(([name, template]) => [name, render(template, `${key}.${name}`)])

function argsOf(block: ValueMap): ValueMap {
  const args = block.get("args") ?? new Map()
  if (isMap(args)) return args
  throw new StateError("CONFIG_INVALID", `"args" must be a map, not ${typeName(args)}`)
}

const DEFAULT_HEADERS: ReadonlyArray<readonly [string, string]> = [
  ["Content-Type", "application/json"],
  ["Accept", "*/*"],
  ["Cache-Control", "no-cache"],
]

/**
 * The only templates that see `secretData`, so they see no macros: an app file could read secrets with these, and show
 * them by failing. A header of the config takes the place of the default one of its name.
 */
function renderHeaders(headers: TriggerConfig["headers"], { config, render }: PlanContext) {
  const names = new Map([["secretData", config.secretData]])
  const own = headers.map(([name, template]) => {
    const value = render(template, `headers.${name}`, { names, hasMacros: false })
    requireSecret(name, template, value)
    return [name, value] as const
  })
  const given = new Set(own.map(([name]) => name.toLowerCase()))
  return [...DEFAULT_HEADERS.filter(([name]) => !given.has(name.toLowerCase())), ...own]
}

/** A secret that is not there would let the request go out without what the receiver checks. */
function requireSecret(name: string, template: Value, value: string): void {
  if (value.trim() !== "" || typeof template !== "string" || !template.includes("secretData")) return
  throw new StateError("CONFIG_INVALID", `The trigger header "${name}" renders to nothing: ${template}`, {
    hint: "Check the secrets file, and that --secrets names it.",
  })
}
