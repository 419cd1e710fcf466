/** Config and secrets become what commands work with. The only wiring: no other file knows which store is behind. */
import { randomUUID } from "node:crypto"
import { resolve } from "node:path"
import { type Assignment, applyAssignments } from "../core/assignment.js"
import { describeAssignments } from "../core/commit-log.js"
import { type Config, parseConfig, secretsRoot } from "../core/config.js"
import { DEFAULT_FOLDER, defaultConfig, withOutputDir } from "../core/default-config.js"
import { type EventConfig, eventConfig } from "../core/events/event-config.js"
import type { Change, Logger, Send } from "../core/ports.js"
import { masker, secretLikeValues, secretsOf } from "../core/secrets.js"
import type { Value, ValueMap } from "../data/value.js"
import { type Reach, reach } from "../http/reach.js"
import { createSend } from "../http/send.js"
import { openStates } from "../stores/index.js"
import type { StateManager } from "../stores/state-manager.js"
import { fileOrInFolder, readDocument } from "./input-files.js"
import { createTemplates, type Templates } from "./templates.js"

export interface RuntimeOptions {
  /** A file or folder, or the document itself; empty or undefined: the embedded default. */
  readonly config?: string | ValueMap | undefined
  readonly secrets?: string | ValueMap | undefined
  /** Folder for the four cache files, instead of the config's caches. */
  readonly outputDir?: string | undefined
  readonly cwd: string
  /** Where HTTPS_PROXY and its like are read from. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Who commits, for the log of each document. */
  readonly actor: string
  readonly logger: Logger
  readonly now: () => Date
  /** Is told the values that must never be shown. */
  readonly onSecrets?: (values: readonly string[]) => void
  /** Whether to say that the default config is in force; true unless told otherwise. */
  readonly announceDefault?: boolean
  /** The legacy style of failing templates: `<jinja2 parse error> TEMPLATE`. */
  readonly templateErrorsAsText: boolean
}

export interface Runtime {
  readonly states: StateManager
  readonly templates: Templates
  /** What the config and secrets say about events. */
  readonly events: EventConfig
  readonly send: Send
  /** Whether the place of a URL can be reached; nothing is sent there. */
  readonly reach: (url: string) => Promise<Reach>
  /** The config under its root key. */
  readonly configData: ValueMap
  readonly logger: Logger
  /** Hides the values of the secrets file, and of secret-like keys of the config, in a text that is shown. */
  readonly mask: (text: string) => string
  /** Makes a path of the user's absolute. */
  readonly resolvePath: (path: string) => string
  /** A change of this actor, now. `apply` defaults to the assignments themselves. */
  change(mode: Change["mode"], assignments: readonly Assignment[], more?: ChangeDetails): Change
  close(): Promise<void>
}

export interface ChangeDetails {
  readonly apply?: Change["apply"]
  readonly ifRevision?: number | undefined
  /** What the log tells beside the assignments. */
  readonly notes?: readonly string[]
}

export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { cwd, actor, now } = options
  const { config, secrets } = await loadConfig(options)
  const mask = masker(secrets)
  const logger = maskedLogger(options.logger, mask)
  options.onSecrets?.(secrets)
  for (const warning of config.warnings) logger.warn(warning)
  const resolvePath = (path: string) => resolve(cwd, path)
  const states = openStates(config, resolvePath, logger)
  return {
    states,
    templates: createTemplates(config.data, options.templateErrorsAsText),
    events: eventConfig(config.data, config.secrets),
    send: createSend({ limits: config.http, env: options.env, logger }),
    reach: (url) => reach(url, { env: options.env, timeoutMs: config.http.timeoutMs }),
    configData: config.data,
    logger,
    mask,
    resolvePath,
    change: (mode, assignments, { apply, ifRevision, notes = [] } = {}) => ({
      commitId: randomUUID(),
      mode,
      apply: apply ?? ((document) => applyAssignments(document ?? new Map(), assignments, warnOnce(logger))),
      ifRevision,
      actor: mask(actor),
      time: now().toISOString(),
      assignments: [...notes, ...describeAssignments(assignments, mask)],
    }),
    close: () => states.close(),
  }
}

/** A change may be applied again and again until it gets through; its warnings are worth one line each. */
export function warnOnce(logger: Logger): (message: string) => void {
  const seen = new Set<string>()
  return (message) => {
    if (!seen.has(message)) logger.warn(message)
    seen.add(message)
  }
}

function maskedLogger({ error, warn, info, debug }: Logger, mask: (text: string) => string): Logger {
  const masked = (log: (message: string) => void) => (message: string) => log(mask(message))
  return { error: masked(error), warn: masked(warn), info: masked(info), debug: masked(debug) }
}

async function loadConfig(options: RuntimeOptions): Promise<{ config: Config; secrets: readonly string[] }> {
  const config = await load(options.config, options.cwd, "config")
  const secrets = await load(options.secrets, options.cwd, "secrets")
  if (config === undefined && options.announceDefault !== false) {
    options.logger.warn(`no config is given: contexts are kept in files below ${DEFAULT_FOLDER}/ (see --config)`)
  }
  const parsed = config === undefined ? defaultConfig(secretsRoot(secrets)) : parseConfig(config, secrets)
  return {
    config: options.outputDir ? withOutputDir(parsed, options.outputDir) : parsed,
    secrets: [...secretsOf(parsed.secrets), ...secretLikeValues(parsed.data)],
  }
}

async function load(
  given: string | ValueMap | undefined,
  cwd: string,
  name: "config" | "secrets",
): Promise<Value | undefined> {
  if (typeof given !== "string") return given
  if (given === "") return undefined
  const file = fileOrInFolder(given, cwd, [`${name}.yaml`, `cicdstatemgr-${name}.yaml`])
  return readDocument(file, `${name} file`, { isSecret: name === "secrets" })
}
