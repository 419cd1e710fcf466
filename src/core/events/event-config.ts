/** What the operator's config and secrets say about events; each key is checked when a handler first asks for it. */
import { isTruthy, pythonStr } from "../../data/python.js"
import { isList, isMap, type Value, type ValueMap } from "../../data/value.js"
import { StateError } from "../../errors.js"
import { typeName } from "../merge.js"
import { valueAt } from "../path.js"
import { type CaptureRule, captureRules } from "./capture.js"

export interface TriggerConfig {
  readonly url: string
  /** The values are templates. */
  readonly headers: ReadonlyArray<readonly [name: string, value: Value]>
  /** The values are templates. */
  readonly autoArgs: ValueMap
}

export interface EventConfig {
  /** Where notify and manual-choice post. @throws StateError CONFIG_INVALID */
  slackUrl(): string
  /** Whether a url has the scheme, host and port of `slack.url`. */
  leadsToSlackUrl(url: string): boolean
  /** @throws StateError CONFIG_INVALID */
  slackToken(): string
  /** The template of a request's body: `notify`, `manual-choice`, `respond`. @throws StateError CONFIG_INVALID */
  template(kind: string): string
  /** The rules for every reply to a kind of request. @throws StateError CONFIG_INVALID */
  autoCapture(kind: string): readonly CaptureRule[]
  /** @throws StateError CONFIG_INVALID */
  trigger(): TriggerConfig
  /** Whether a body beyond Slack's limits is refused, not only warned of. */
  readonly strictLimits: boolean
  readonly secretData: ValueMap
}

/**
 * @param data the config file under its root key
 * @param secretData the secrets file under its root key
 */
export function eventConfig(data: ValueMap, secretData: ValueMap): EventConfig {
  return {
    slackUrl: () => textAt(data, ["slack", "url"], CONFIG),
    leadsToSlackUrl(url) {
      const origin = originOf(valueAt(data, ["slack", "url"]))
      return origin !== undefined && originOf(url) === origin
    },
    slackToken: () => textAt(secretData, ["slack", "token"], SECRETS),
    template: (kind) => textAt(data, ["templates", kind], CONFIG),
    autoCapture(kind) {
      const rules = valueAt(data, [kind, "auto-capture-response-data"])
      return captureRules(rules, `${kind}.auto-capture-response-data`)
    },
    trigger: () => ({
      url: textAt(data, ["trigger", "url"], CONFIG),
      headers: headersOf(valueAt(data, ["trigger", "headers"])),
      autoArgs: mapOf(valueAt(data, ["trigger", "auto-args"]), "trigger.auto-args"),
    }),
    strictLimits: valueAt(data, ["slack", "strict-limits"]) === true,
    secretData,
  }
}

const originOf = (url: Value | undefined): string | undefined =>
  typeof url === "string" && URL.canParse(url) ? new URL(url).origin : undefined

const CONFIG = "config file"
const SECRETS = "secrets file"

function textAt(data: ValueMap, path: readonly string[], file: string): string {
  const value = valueAt(data, path)
  if (isTruthy(value ?? null) && typeof value !== "object") return pythonStr(value!)
  const key = path.join(".")
  const option = file === CONFIG ? "--config" : "--secrets"
  throw new StateError("CONFIG_INVALID", `The ${file} has no text "cicdstatemgr.${key}"`, {
    hint: `Add it, or check which file is given with ${option}.`,
  })
}

function headersOf(value: Value | undefined): TriggerConfig["headers"] {
  if (value === undefined) throw invalid('"trigger.headers" is missing', "Write a list, which may be empty: [].")
  const list = value ?? []
  if (!isList(list)) throw invalid(`"trigger.headers" must be a list, not ${typeName(list)}`)
  return list.map((header, i) => {
    const [name, text] = isMap(header) ? [header.get("name"), header.get("value")] : []
    if (typeof name === "string" && text !== undefined) return [name, text] as const
    throw invalid(`"trigger.headers[${i}]" must be {name: TEXT, value: TEMPLATE}`)
  })
}

function mapOf(value: Value | undefined, key: string): ValueMap {
  const map = value ?? new Map()
  if (isMap(map)) return map
  throw invalid(`"${key}" must be a map, not ${typeName(map)}`)
}

const invalid = (message: string, hint?: string) =>
  new StateError("CONFIG_INVALID", `Config file: ${message}`, { hint })
