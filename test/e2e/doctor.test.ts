/** `doctor`: what it finds, its exit status, and that it leaves no trace in stores and at targets. */
import { spawnSync } from "node:child_process"
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { CLI, COMMAND, cli, cliAsync, tempDir } from "../support/cli.js"
import { closedPort, tcpServer } from "../support/http-servers.js"
import { startCluster } from "../support/redis-cluster.js"
import {
  freePort,
  type RedisServer,
  type RedisServerOptions,
  redisMissing,
  startRedis,
} from "../support/redis-server.js"

const SECRETS = { cicdstatemgr: { slack: { token: "xoxb-0123456789" }, trigger: { token: "trigger-token" } } }
const FILE = { jsonfile: { path: "primary/{id}.json", isPrimary: true } }
const SOUND = { notify: { message: "{{ state.app }}" } }

interface Setting {
  readonly datasources?: object
  readonly more?: object
  readonly handlers?: object
  readonly app?: object
}

/** A folder with config, secrets and app file, and `doctor` on all of them. */
function setting({ datasources = FILE, more = {}, handlers = SOUND, app = {} }: Setting) {
  const pipelines = { build: { "event-handlers": { done: handlers } } }
  const folder = tempDir({
    "config.yaml": JSON.stringify({ cicdstatemgr: { datasources, ...more } }),
    "secrets.yaml": JSON.stringify(SECRETS),
    "app.yaml": JSON.stringify({ ...app, "cicd-contexts": { stage: { pipelines } } }),
  })
  const args = ["doctor", "--config", "config.yaml", "--secrets", "secrets.yaml", "--app-config", "app.yaml"]
  return { folder, args, run: (...others: string[]) => cli(folder, [...args, ...others]) }
}

/** The lines that are not ok. */
const problems = (stdout: string) => stdout.split("\n").filter((line) => line !== "" && !line.startsWith("ok "))

describe("doctor", () => {
  it("finds nothing wrong, and leaves nothing", () => {
    const { folder, run } = setting({ datasources: { ...FILE, yamlfile: { path: "caches/c.yaml" } } })
    const { status, stdout, stderr } = run()
    expect({ status, stderr, problems: problems(stdout) }).toEqual({ status: 0, stderr: "", problems: [] })
    expect(stdout).toBe(
      [
        "ok      config      config and secrets are valid",
        `ok      primary     ${folder}/primary/{id}.json can be written`,
        `ok      cache       ${folder}/caches/c.yaml can be written`,
        "ok      app file    all 1 templates compile",
        "",
      ].join("\n"),
    )
    for (const name of ["primary", "caches"]) expect(existsSync(join(folder, name))).toBe(false)
  })

  it("gives the same as data", () => {
    const { status, stdout } = setting({ handlers: { notfy: {} } }).run("-o", "json")
    expect(status).toBe(6)
    const findings = JSON.parse(stdout) as { level: string; about: string }[]
    expect(findings.at(0)).toEqual({ level: "ok", about: "config", text: "config and secrets are valid" })
    expect(findings.at(-1)).toEqual({
      level: "error",
      about: "app file",
      text: expect.stringMatching(/"notfy".*did you mean "notify"/),
      hint: expect.any(String),
      code: "CONFIG_INVALID",
    })
  })

  it("reaches the targets, and sends nothing there", async () => {
    const [slack, trigger] = [await tcpServer(() => {}), await tcpServer(() => {})]
    const url = ({ port }: { port: number }) => `http://127.0.0.1:${port}/hooks/very-secret`
    const more = { slack: { url: url(slack) }, trigger: { url: url(trigger), headers: [], "auto-args": {} } }
    const { folder, args } = setting({ more })
    const { status, stdout } = await cliAsync(folder, args)
    expect({ status, problems: problems(stdout) }).toEqual({ status: 0, problems: [] })
    expect(stdout).toContain(`slack.url   http://127.0.0.1:${slack.port} can be reached`)
    expect(stdout).not.toContain("very-secret")
    for (const { received } of [slack, trigger]) expect(received).toEqual([Buffer.alloc(0)])
  })

  it("names a target that is not there", async () => {
    const url = `http://127.0.0.1:${await closedPort()}`
    const { status, stdout, stderr } = setting({ more: { slack: { url } } }).run()
    expect(problems(stdout)).toEqual([
      `error   slack.url   ${url} cannot be reached: nothing listens there (connection refused)`,
    ])
    expect({ status, stderr }).toEqual({ status: 3, stderr: "cicdstatemgr: 1 of 4 checks failed\n" })
  })

  it.each<[string, Setting, RegExp]>([
    [
      "an event's",
      { handlers: { notify: { message: "{{ state.app }" } } },
      /stages?\.pipelines\.build\..*\.message, line 1/,
    ],
    ["a variable's", { app: { variables: { image: "{% if %}" } } }, /variables\.image, line 1: TemplateSyntaxError/],
    ["a macro's", { app: { "jinja2-macros": { m: "{% macro m( %}" } } }, /TemplateSyntaxError/],
    ["the config's", { more: { templates: { notify: "{{ notify" } } }, /error {3}config .*templates\.notify, line 1/],
  ])("names a template that does not parse: %s", (_name, given, line) => {
    const { status, stdout } = setting(given).run()
    expect(problems(stdout)).toEqual([expect.stringMatching(line)])
    expect(status).toBe(5)
  })

  it("warns of a key that is nearly one of the tool's, and of a missing token", () => {
    const slip = { notify: { message: "m", "capture-respons-data": [] } }
    const { folder, run } = setting({ handlers: slip })
    expect(problems(run().stdout)).toEqual([
      expect.stringMatching(
        /^warning app file .*capture-respons-data" means nothing .* mean "capture-response-data"\?$/,
      ),
    ])
    writeFileSync(join(folder, "secrets.yaml"), "cicdstatemgr: {}")
    writeFileSync(join(folder, "config.yaml"), JSON.stringify({ cicdstatemgr: { datasources: FILE, slack: {} } }))
    expect(problems(run().stdout)).toContainEqual(
      expect.stringMatching(/^warning slack\.token .*secrets file has no text "cicdstatemgr\.slack\.token"/),
    )
  })

  it("compiles every text of the document, and tells broken macros once", () => {
    const { folder, run } = setting({})
    const stage = { variables: { image: "{{ a b }}" }, pipelines: { build: { args: { q: "{% if %}" } } } }
    const app = { "cicd-contexts": { stage }, "jinja2-macros": { m: "{% macro m( %}" } }
    writeFileSync(join(folder, "app.yaml"), JSON.stringify(app))
    const { status, stdout } = run()
    expect(problems(stdout)).toEqual([
      expect.stringMatching(/^error {3}app file .*jinja2-macros/),
      expect.stringMatching(/^error {3}app file .*cicd-contexts\.stage\.variables\.image/),
      expect.stringMatching(/^error {3}app file .*cicd-contexts\.stage\.pipelines\.build\.args\.q/),
    ])
    expect(status).toBe(5)
  })

  it("stays on one screen, whatever is wrong", () => {
    const handlers = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`h${i}`, { message: `{{ ${i}` }]))
    const { status, stdout } = setting({ handlers: { notify: handlers } }).run()
    expect(status).toBe(5)
    expect(stdout).toContain("490 more templates do not compile\n")
    expect(stdout.split("\n").length).toBeLessThan(24)
    const slips = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`h${i}`, { message: "m", enable: true }]))
    const warned = setting({ handlers: { notify: slips } }).run()
    expect(problems(warned.stdout)).toHaveLength(11)
    expect(warned.stdout).toContain("490 more of the kind\n")
  })

  it.each([
    ["config.yaml", "a: {"],
    ["secrets.yaml", "- 1"],
    ["app.yaml", "a: {"],
  ])("names a file that cannot be read: %s", (name, text) => {
    const { folder, run } = setting({})
    writeFileSync(join(folder, name), text)
    const { status, stdout, stderr } = run()
    expect(status).toBe(6)
    expect(stdout + stderr).toMatch(name === "secrets.yaml" ? /secrets/i : new RegExp(name))
  })

  it.skipIf(process.getuid?.() !== 0)("tells that the caches are another user's", () => {
    const { folder, args } = setting({ datasources: { ...FILE, yamlfile: { path: "caches/c.yaml" } } })
    mkdirSync(join(folder, "caches"))
    mkdirSync(join(folder, "primary"), { mode: 0o777 })
    chmodSync(join(folder, "primary"), 0o777)
    chmodSync(folder, 0o755)
    const copy = join(tempDir(), "cli")
    copyFileSync(CLI, copy)
    for (const path of [copy, dirname(copy)]) chmodSync(path, 0o755)
    const [program = "", ...words] = [...COMMAND, ...args].map((word) => (word === CLI ? copy : word))
    const user = { uid: 54_001, gid: 54_001, cwd: folder, env: { PATH: process.env.PATH }, encoding: "utf8" } as const
    const { status, stdout } = spawnSync(program, words, user)
    expect(problems(stdout)).toEqual([
      `error   cache       ${folder}/caches/c.yaml cannot be written: EACCES: permission denied (Check the permissions of the file and of its folder, and the user the command runs as.)`,
    ])
    expect(status).toBe(7)
  })

  it.each<[string, (folder: string) => void, RegExp]>([
    [
      "a file in the place of its folder",
      (folder) => writeFileSync(join(folder, "caches"), ""),
      /ENOTDIR|is no folder/,
    ],
    [
      "a folder in its own place",
      (folder) => mkdirSync(join(folder, "caches/c.yaml"), { recursive: true }),
      /something else/,
    ],
  ])("tells that a cache cannot be written: %s", (_name, spoil, reason) => {
    const { folder, run } = setting({ datasources: { ...FILE, yamlfile: { path: "caches/c.yaml" } } })
    spoil(folder)
    const { status, stdout } = run()
    expect(problems(stdout)).toEqual([expect.stringMatching(reason)])
    expect(status).toBe(7)
  })
})

describe.skipIf(redisMissing)(`doctor on Redis${redisMissing ? ` (${redisMissing})` : ""}`, () => {
  async function redis(options: RedisServerOptions = {}) {
    const server = await startRedis(options)
    onTestFinished(server.stop)
    return server
  }
  const on = ({ host, port }: RedisServer, login = {}) =>
    setting({ datasources: { redis: { host, port, isPrimary: true, keyPrefix: "ci:", ...login } } })
  const DURABLE = ["--appendonly", "yes", "--appendfsync", "always"]
  const login = { username: "cicd", password: "change-me" }

  it("finds nothing wrong, and leaves no key", async () => {
    const server = await redis({ args: DURABLE })
    const { status, stdout, stderr } = on(server).run()
    expect({ status, stderr, problems: problems(stdout) }).toEqual({ status: 0, stderr: "", problems: [] })
    expect(stdout).toMatch(/^ok {6}redis {7}127\.0\.0\.1:\d+ is (Redis|Valkey) \d+\.\d+/m)
    expect(await server.cli("KEYS", "*")).toBe("")
  })

  it("looks at each primary of a Cluster", { timeout: 60_000 }, async () => {
    const cluster = await startCluster()
    onTestFinished(cluster.stop)
    const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`)
    const { status, stdout } = setting({ datasources: { redis: { cluster: { nodes }, isPrimary: true } } }).run()
    expect(status).toBe(0)
    for (const node of nodes) expect(stdout).toMatch(new RegExp(`^ok {6}redis {7}${node} is `, "m"))
    for (const { cli } of cluster.nodes) expect(await cli("KEYS", "*")).toBe("")
  })

  it("is told that it is not there", async () => {
    const { status, stdout } = on({ ...(await redis()), port: await freePort() }).run()
    expect(problems(stdout)).toEqual([expect.stringMatching(/^error {3}redis .*nothing listens there/)])
    expect(status).toBe(7)
  })

  it.each([
    ["-eval", /lacks the right to run EVAL \(Grant it \+eval;/],
    ["-eval -evalsha", /lacks the right to run EVALSHA \(Grant it \+evalsha;/],
    ["-del", /lacks the right to run DEL \(Grant it \+del;/],
    ["-persist", /lacks the right to run PERSIST/],
    ["-scan", /lacks the right to run SCAN/],
  ])("names the right that is missing: %s", async (rules, line) => {
    const server = await redis({ users: [`cicd on >change-me ~* +@all ${rules}`] })
    const { status, stdout } = on(server, login).run()
    expect(problems(stdout)).toEqual([expect.stringMatching(line)])
    expect(status).toBe(7)
    expect(await server.cli("KEYS", "*")).toBe("")
  })

  it("goes without INFO, and says so", async () => {
    const server = await redis({ users: ["cicd on >change-me ~* +@all -info"] })
    const { status, stdout } = on(server, login).run()
    expect(problems(stdout)).toEqual([expect.stringMatching(/^warning redis .*lacks the right to run INFO/)])
    expect(status).toBe(0)
  })

  it.each([
    [["--maxmemory-policy", "allkeys-lru", ...DURABLE], /may drop contexts .*\(maxmemory-policy allkeys-lru\) \(Set /],
    [[], /may lose commits when it crashes \(appendonly no\) \(Set appendonly yes/],
    [["--appendonly", "yes"], /may lose the last commits when its machine crashes \(appendfsync everysec\)/],
  ])("warns of what could lose state: %j", async (args, line) => {
    const { status, stdout } = on(await redis({ args })).run()
    expect(problems(stdout)).toEqual([expect.stringMatching(line)])
    expect(status).toBe(0)
  })
})
