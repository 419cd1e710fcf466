/** What Redis may answer, through the command line: exit status, one line with a hint, and nothing stored or lost. */
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { cli, type Outcome, tempDir } from "../support/cli.js"
import { startCluster } from "../support/redis-cluster.js"
import {
  freePort,
  type RedisServer,
  type RedisServerOptions,
  redisMissing,
  startRedis,
} from "../support/redis-server.js"

const SECRET = "s3cret-pass"

interface Case {
  readonly options?: RedisServerOptions
  readonly spoil: (server: RedisServer) => Promise<unknown> | unknown
  readonly mend: (server: RedisServer) => Promise<unknown> | unknown
  readonly stderr: RegExp
}

const CASES: Readonly<Record<string, Case>> = {
  OOM: {
    spoil: ({ cli }) => cli("CONFIG", "SET", "maxmemory", "1"),
    mend: ({ cli }) => cli("CONFIG", "SET", "maxmemory", "0"),
    stderr: /: its memory is full \(maxmemory\) \(Delete contexts that are no longer needed, or .*\)\n$/,
  },
  READONLY: {
    spoil: async ({ cli }) => cli("REPLICAOF", "127.0.0.1", String(await freePort())),
    mend: ({ cli }) => cli("REPLICAOF", "NO", "ONE"),
    stderr: /: it is a read-only replica \(Point host and port to the primary server, or use sentinel\.\)\n$/,
  },
  NOAUTH: {
    spoil: ({ cli }) => cli("CONFIG", "SET", "requirepass", SECRET),
    mend: ({ cli }) => cli("--no-auth-warning", "-a", SECRET, "CONFIG", "SET", "requirepass", ""),
    stderr: /: it asks for a password \(Give the redis datasource a password \(secrets file\)\.\)\n$/,
  },
  LOADING: {
    // It answers in between, each 1024 commands; and goes on at full speed when told so.
    options: { args: ["--appendonly", "yes", "--appendfsync", "always", "--key-load-delay", "500"] },
    async spoil(server) {
      await server.cli("EVAL", "for i = 1, 60000 do redis.call('SET', 'k'..i, 'x') end", "0")
      server.restart().catch(() => {})
      while (!(await ping(server)).includes("LOADING")) {}
    },
    async mend(server) {
      await server.cli("CONFIG", "SET", "key-load-delay", "0")
      while ((await ping(server)) !== "PONG") {}
    },
    stderr: /: it is still loading its data \(Try again when the server is up\.\)\n$/,
  },
  silence: {
    spoil: (server) => server.pause(),
    mend: (server) => server.resume(),
    stderr: /: no answer within 1500 ms \(Check that the server is alive and its address right\.\)\n$/,
  },
}

const suite = `Redis answers${redisMissing ? ` (${redisMissing})` : ""}`
const ping = (server: RedisServer) => server.cli("PING").catch(() => "")

/** Runs commands on a context in the given Redis. */
function runner({ host, port }: RedisServer, id: string) {
  const datasources = { redis: { host, port, isPrimary: true, timeoutMs: 1500 } }
  const folder = tempDir({ "config.json": JSON.stringify({ cicdstatemgr: { datasources } }) })
  const common = ["--id", id, "--config", join(folder, "config.json"), "--log-level", "error"]
  return (...args: string[]) => cli(folder, [...args, ...common])
}

function expectRefusal(outcome: Outcome, stderr: RegExp): void {
  expect(outcome).toMatchObject({ status: 7, stdout: "", stderr: expect.stringMatching(stderr) })
  expect(outcome.stderr).toMatch(/^cicdstatemgr: (Reading|Storing) "\S+" failed on redis:[^\n]+\n$/)
  expect(outcome.stderr).not.toContain(SECRET)
}

describe.skipIf(redisMissing)(suite, () => {
  it.each(Object.entries(CASES))("%s", { timeout: 60_000 }, async (_name, { options, spoil, mend, stderr }) => {
    const server = await startRedis(options)
    onTestFinished(server.stop)
    const run = runner(server, "c")
    expect(run("init", "state.list[]=kept").status).toBe(0)
    await spoil(server)
    expectRefusal(run("set", "state.list[]=refused"), stderr)
    await mend(server)
    expect(run("set", "state.list[]=next").status).toBe(0)
    const list = JSON.parse(run("get", "state.list", "-o", "json").stdout)
    // What a silent server was sent it may still do when it wakes up, but not twice.
    expect(list.filter((item: string) => item !== "refused")).toEqual(["kept", "next"])
    if (stderr !== CASES.silence?.stderr) expect(list).toHaveLength(2)
    expect(list.length).toBeLessThan(4)
  })

  it("MOVED", { timeout: 60_000 }, async () => {
    const cluster = await startCluster()
    onTestFinished(cluster.stop)
    const [first] = cluster.nodes as [RedisServer]
    const nodes = await Promise.all(["a", "b", "c", "d"].map(async (id) => ({ id, ...(await cluster.nodeOf(id)) })))
    const elsewhere = nodes.find(({ node }) => node !== first)!.id
    const stderr = /: it is a Redis Cluster node that does not serve this key \(Set cluster: true in .*\)\n$/
    expectRefusal(runner(first, elsewhere)("init"), stderr)
  })
})
