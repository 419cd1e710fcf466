/** What one run of the command line shares: its logger, and the secrets that neither it nor an error may show. */
import { openRuntime, type Runtime } from "../commands/runtime.js"
import type { Logger } from "../core/ports.js"
import { masker } from "../core/secrets.js"
import { createLogger } from "../logger.js"
import type { Io } from "./io.js"

export interface SessionOptions {
  readonly io: Io
  readonly logLevel: string
  readonly logFormat: string
}

export interface RuntimeChoice {
  readonly config: string | undefined
  readonly secrets: string | undefined
  readonly outputDir?: string | undefined
  readonly actor?: string | undefined
  readonly templateErrorsAsText: boolean
  readonly announceDefault?: boolean
}

export interface Session {
  readonly logger: Logger
  readonly mask: (text: string) => string
  readonly logFormat: string
  /** Runs an action with a runtime that is closed afterwards, whatever happens. */
  withRuntime<T>(choice: RuntimeChoice, action: (runtime: Runtime) => Promise<T>): Promise<T>
}

/** @throws StateError USAGE for an unknown log level or format */
export function openSession({ io, logLevel, logFormat }: SessionOptions): Session {
  const secrets = new Set<string>()
  let mask = masker(secrets)
  const logger = createLogger({
    level: logLevel,
    format: logFormat,
    write: io.stderr,
    mask: (text) => mask(text),
    now: io.now,
  })
  const onSecrets = (values: readonly string[]) => {
    for (const value of values) secrets.add(value)
    mask = masker(secrets)
  }
  return {
    logger,
    mask: (text) => mask(text),
    logFormat,
    async withRuntime({ actor, ...choice }, action) {
      const runtime = await openRuntime({
        ...choice,
        cwd: io.cwd,
        env: io.env,
        actor: actor ?? io.hostname,
        logger,
        now: io.now,
        onSecrets,
      })
      try {
        return await action(runtime)
      } finally {
        await runtime.close()
      }
    },
  }
}
