import { appTemplates, configTemplates, mapsIn, type NamedTemplate } from "../core/app-templates.js"
import { macrosOf } from "../core/context-data.js"
import { blocksOf } from "../core/events/blocks.js"
import { handlers } from "../core/events/handlers.js"
import { mergeMaps } from "../core/merge.js"
import type { Finding } from "../core/ports.js"
import type { ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { readApp } from "./app-files.js"
import type { Runtime } from "./runtime.js"

export interface DoctorOptions {
  /** Whose templates are looked at, beside those of the config. */
  readonly appConfig?: string | undefined
  readonly basesDir?: string | undefined
  /** As for init. */
  readonly allowPaths?: readonly string[] | undefined
}

/**
 * Looks at all that commands need, and changes no context: config, primary, caches, the places that events are sent to,
 * and templates. A config that cannot be read shows before, as the error of any command.
 */
export async function doctor(runtime: Runtime, options: DoctorOptions): Promise<readonly Finding[]> {
  return [
    { level: "ok", about: "config", text: "config and secrets are valid" },
    ...(await runtime.states.check()),
    ...(await Promise.all(targets(runtime).map((target) => reachable(runtime, target)))),
    ...tokenFindings(runtime),
    ...(await templates(runtime, "config", configTemplates(runtime.configData), new Map())),
    ...(await appFindings(runtime, options)),
  ]
}

type Target = readonly [key: string, url: () => string]

/** Those that the config names; a key that is missing is none. */
const targets = ({ configData, events }: Runtime): readonly Target[] => [
  ...(configData.has("slack") ? [["slack.url", events.slackUrl] as const] : []),
  ...(configData.has("trigger") ? [["trigger.url", () => events.trigger().url] as const] : []),
]

/** Without it nothing goes to Slack, but all else works. */
const tokenFindings = ({ configData, events }: Runtime): readonly Finding[] =>
  configData.has("slack")
    ? attempt("slack.token", events.slackToken).map((finding) => ({ ...finding, level: "warning" as const }))
    : []

async function reachable(runtime: Runtime, [about, url]: Target): Promise<Finding> {
  try {
    const { target, problem } = await runtime.reach(url())
    if (problem === undefined) return { level: "ok", about, text: `${target} can be reached` }
    return { level: "error", about, text: `${target} cannot be reached: ${problem}`, code: "DELIVERY_FAILED" }
  } catch (error) {
    return failed(about, error)
  }
}

async function appFindings(
  runtime: Runtime,
  { appConfig, basesDir, allowPaths }: DoctorOptions,
): Promise<readonly Finding[]> {
  if (!appConfig) return []
  try {
    const { app, bases } = await readApp(runtime, { appConfig, basesDir, allowPaths, contextName: "" })
    const merged = [...bases, app].reduce((below, over) => mergeMaps(below, over))
    return [
      ...(await templates(runtime, "app file", appTemplates(merged), new Map([["jinja2Macros", macrosOf(merged)]]))),
      ...handlerFindings(merged),
    ]
  } catch (error) {
    return [failed("app file", error)]
  }
}

/** So that all of them fit a screen. */
const MAX_PROBLEMS = 10

/** Whether each template parses, with the macros before it. */
async function templates(
  runtime: Runtime,
  about: string,
  list: readonly NamedTemplate[],
  document: ValueMap,
): Promise<readonly Finding[]> {
  const { compile } = await runtime.templates.open()
  // Macros that do not compile are told once, not with each template that they stand before.
  const ofMacros = attempt(about, () => compile("", { name: "jinja2-macros", document }))
  const before = ofMacros.length > 0 ? new Map() : document
  const ofTemplates = list.flatMap(({ name, text }) => attempt(about, () => compile(text, { name, document: before })))
  const problems = [...ofMacros, ...ofTemplates]
  const more = problems.length - MAX_PROBLEMS
  const rest: Finding = { level: "error", about, text: `${more} more templates do not compile`, code: "TEMPLATE" }
  if (problems.length > 0) return more > 0 ? [...problems.slice(0, MAX_PROBLEMS), rest] : problems
  return list.length > 0 ? [{ level: "ok", about, text: `all ${list.length} templates compile` }] : []
}

/** Handlers that do not exist, configs that no handler could take, and slips in keys. */
function handlerFindings(merged: ValueMap): readonly Finding[] {
  const slips: string[] = []
  const options = {
    handlers,
    unknownHandler: "refuse",
    info: () => {},
    warn: (text: string) => void slips.push(text),
  } as const
  const errors = mapsIn(merged, "cicd-contexts")
    .flatMap(({ map }) => mapsIn(map, "pipelines"))
    .flatMap(({ key: pipeline, map }) => mapsIn(map, "event-handlers").map((event) => ({ pipeline, event })))
    .flatMap(({ pipeline, event: { key: event, map } }) =>
      attempt("app file", () => blocksOf(map, { pipeline, event }, options)),
    )
  const more = slips.length - MAX_PROBLEMS
  const shown = [...slips.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`${more} more of the kind`] : [])]
  return [...shown.map((text) => ({ level: "warning", about: "app file", text }) as const), ...errors]
}

function attempt(about: string, action: () => unknown): readonly Finding[] {
  try {
    action()
    return []
  } catch (error) {
    return [failed(about, error)]
  }
}

/** @throws what is no StateError */
function failed(about: string, error: unknown): Finding {
  if (!(error instanceof StateError)) throw error
  const { message, hint, code } = error
  // The hint of a template error is for one that is read from the state.
  return { level: "error", about, text: message, hint: code === "TEMPLATE" ? undefined : hint, code }
}
