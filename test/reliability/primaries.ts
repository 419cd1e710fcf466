/** The primaries that the fault tests run on, as config files of the command line. */
import { redisMissing, startRedis } from "../support/redis-server.js"

/** The long form: `npm run test:reliability`. */
export const LONG = process.env.CICDSTATEMGR_TEST_LONG === "1"

export interface Primary {
  /** The config file's text; its caches are named by --output-dir. */
  readonly config: string
  stop(): Promise<void>
}

/** @param folder where a file primary lives */
export const PRIMARIES: ReadonlyArray<{
  readonly name: string
  readonly missing: string | undefined
  readonly start: (folder: string) => Promise<Primary>
}> = [
  {
    name: "file",
    missing: undefined,
    start: async (folder) => ({
      config: config("jsonfile", { path: `${folder}/primary-{id}.json` }),
      stop: async () => {},
    }),
  },
  {
    name: "redis",
    missing: redisMissing,
    start: async () => {
      const server = await startRedis()
      // Hundreds of processes on a few cores: one may wait for its turn longer than a pipeline waits for Redis.
      const redis = { host: server.host, port: server.port, timeoutMs: 60_000 }
      return { config: config("redis", redis), stop: server.stop }
    },
  },
]

const config = (driver: string, options: object) =>
  JSON.stringify({ cicdstatemgr: { datasources: { [driver]: { ...options, isPrimary: true } } } })
