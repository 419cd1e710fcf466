import { writeJson } from "../../data/json.js"
import { pythonStr } from "../../data/python.js"
import { isMap, type Value, type ValueMap } from "../../data/value.js"
import { StateError } from "../../errors.js"
import { typeName } from "../merge.js"
import { requireKey } from "./blocks.js"
import type { TriggerConfig } from "./event-config.js"
import type { EventHandler, PlanContext } from "./handler.js"

/** `trigger-pipeline`: a JSON map of arguments to `trigger.url`, where an EventListener starts the pipeline. */
export const triggerPipeline: EventHandler = {
  blockKey: "name",
  keys: ["args"],
  scopeKey: "triggerPipeline",
  plan(block, context) {
    if (context.policy.triggerName === "required") requireKey(block, "name")
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
      secretHeaders: headers.filter(([, template]) => namesSecrets(template)).map(([name]) => name),
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

/** A header of the config takes the place of the default one of its name. */
function renderHeaders(headers: TriggerConfig["headers"], context: PlanContext) {
  const own = headers.map(([name, template]) => [name, renderHeader(name, template, context)] as const)
  const given = new Set(own.map(([name]) => name.toLowerCase()))
  return [...DEFAULT_HEADERS.filter(([name]) => !given.has(name.toLowerCase())), ...own]
}

/**
 * Templates that name `secretData` are the only ones that see it, and they see no macros: an app file could read secrets
 * with these, and show them where the header ends up.
 */
function renderHeader(name: string, template: Value, { config, render }: PlanContext): string {
  const key = `headers.${name}`
  if (!namesSecrets(template)) return render(template, key)
  const names = new Map([["secretData", config.secretData]])
  const value = withSecretsHint(() => render(template, key, { names, hasMacros: false }))
  if (value.trim() !== "") return value
  // The request would go out without what the receiver checks.
  throw new StateError("CONFIG_INVALID", `The trigger header "${name}" renders to nothing: ${pythonStr(template)}`, {
    hint: SECRETS_HINT,
  })
}

const namesSecrets = (template: Value) => typeof template === "string" && template.includes("secretData")

const SECRETS_HINT = "Check the secrets file, and that --secrets names it."

function withSecretsHint(render: () => string): string {
  try {
    return render()
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause
    throw new StateError(cause.code, cause.message, { hint: SECRETS_HINT, excerpt: cause.excerpt, cause })
  }
}
