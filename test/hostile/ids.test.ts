/** Ids are names that others may choose: whatever is in them, each is one file of its folder, or one key in Redis. */
import { existsSync, readdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { tempDir } from "../support/cli.js"
import { type RedisServer, redisMissing, startRedis } from "../support/redis-server.js"
import { expectAnswer, inProcess } from "./bounded.js"

const IDS = [
  ...["..", ".", "...", "../../outside", "/outside", "a/../../outside", "a/b", "./x", "..\\x", "~", "~root"],
  ...["-rf", "--help", "--id=x", "-", "--", "-h"],
  ...[
    "a\nb",
    "a\r\nb",
    "a\tb",
    "\u0001\u001b[2J",
    "\u007f",
    " ",
    " a ",
    "grüße-日本-😀",
    "\u202ex",
    "e\u0301",
    "\ufeff",
  ],
  ...["{id}", "{ID}", "%2e%2e%2f", "%00", "%", "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"', "*", "?"],
  ...["__proto__", "constructor", "toString", "null", "0", ".lock", ".log", ".tmp", "c.json", "CON", "a:b", "a=b"],
  ...["{a}b", "a}b", "{}", "{a}:cicdstatemgr:meta:x", "é".repeat(40), "a".repeat(240)],
]
const LONG = "a".repeat(10_000)

const FILES = {
  yamlfile:
    "{yamlfile: {path: 'p/{id}.yaml', isPrimary: true}, jsonfile: {path: c/x.json}, shellfile: {path: c/x.sh}, idfile: {path: c/x.id}}",
  jsonfile:
    "{jsonfile: {path: 'p/{id}.json', isPrimary: true}, yamlfile: {path: c/x.yaml}, shellfile: {path: c/x.sh}, idfile: {path: c/x.id}}",
  "jsonfile in folders": "{jsonfile: {path: 'p/{id}/x.json', isPrimary: true}, shellfile: {path: c/x.sh}}",
}

function open(datasources: string) {
  const folder = tempDir({ "work/config.yaml": `cicdstatemgr: {datasources: ${datasources}}\n`, "work/p/other": "x" })
  const work = join(folder, "work")
  const run = (...args: string[]) => inProcess(work, args, { CICDSTATEMGR_CONFIG_PATH: "config.yaml" })
  return { folder, work, run }
}

/** Creates, changes, reads and removes it, with a program. */
async function lifeOf(id: string, cwd: string) {
  const { CicdStateMgr } = (await import(resolve("dist/index.js"))) as typeof import("../../src/index.js")
  const states = new CicdStateMgr({ cwd, config: "config.yaml" })
  try {
    expect((await states.init(id, { set: ["state.a=1"] })).id).toBe(id)
    expect(await states.set(id, ["state.a=2"])).toMatchObject({ id, revision: 2 })
    expect((await states.load(id)).revision).toBe(2)
    expect(await states.get(id, "state.cicdContextDataId", { render: false })).toBe(id)
    expect(await states.list()).toEqual([id])
    expect(await states.history(id)).toHaveLength(2)
    expect(await states.delete(id)).toBe(true)
    expect(await states.list()).toEqual([])
  } finally {
    await states.close()
  }
}

describe.each(Object.entries(FILES))("an id in a %s", (_name, datasources) => {
  it.each([...IDS, "a\0b", "../\0"])("%j stays in its folder", async (id) => {
    const { folder, work } = open(datasources)
    await lifeOf(id, work)
    expect(readdirSync(folder)).toEqual(["work"])
    expect(readdirSync(work).sort()).toEqual(["c", "config.yaml", "p"])
    expect(existsSync(join(work, "c/pwned"))).toBe(false)
  })

  it("that is too long for a file is refused as such, in a short line", async () => {
    const { run } = open(datasources)
    for (const args of [
      ["init", LONG],
      ["load", LONG],
      ["--init-new", LONG],
      ["get", "state", "--id", "ü".repeat(999)],
    ]) {
      const { stderr } = expectAnswer(await run(...args), [args[0] === "--init-new" ? 1 : 6])
      expect(stderr).toContain("too long for the name of a file")
      expect(stderr.length).toBeLessThan(2000)
    }
  })
})

describe("an id on the command line", () => {
  it.each(IDS)("%j", async (id) => {
    const { folder, run } = open(FILES.jsonfile)
    expect(await run("init", `--id=${id}`, "state.a=1")).toMatchObject({ status: 0, stdout: `${id}\n` })
    expect((await run("set", `--id=${id}`, "state.a=2")).status).toBe(0)
    expect(JSON.parse((await run("list", "-o", "json")).stdout)).toEqual([id])
    const gone = expectAnswer(await run("load", `--id=${id}x`), [4])
    expect(gone.stderr.trimEnd().split("\n")).toHaveLength(1)
    expect(gone.stderr).not.toMatch(/[\u0001\u001b\u202e]/)
    expect((await run("delete", `--id=${id}`)).status).toBe(0)
    expect(readdirSync(folder)).toEqual(["work"])
  })
})

describe("an id from a program", () => {
  it.each([[""], [5], [null], [undefined], [["a"]], [{}], ["\ud800"]])("%j is refused", async (id) => {
    const { CicdStateMgr } = (await import(resolve("dist/index.js"))) as typeof import("../../src/index.js")
    const states = new CicdStateMgr({ cwd: open(FILES.jsonfile).work, config: "config.yaml" })
    for (const operation of [states.init, states.load, states.get, states.history, states.delete]) {
      const call = (operation as (id: unknown, path: string) => Promise<unknown>).call(states, id, "state")
      await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/^(USAGE|INPUT_INVALID)$/) })
    }
    await states.close()
  })
})

if (redisMissing) console.warn(redisMissing)
describe.skipIf(redisMissing)("an id in Redis", () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  const config = () =>
    open(`{redis: {host: 127.0.0.1, port: ${redis.port}, isPrimary: true}, shellfile: {path: c/x.sh}}`)

  it.each([...IDS.filter((id) => !isReserved(id)), "a\0b", LONG])("%j is one key", async (id) => {
    await lifeOf(id, config().work)
    expect(await redis.cli("DBSIZE")).toBe("0")
  })

  it.each(IDS.filter(isReserved))("%j is refused: such keys stand beside documents", (id) =>
    expect(config().run("init", `--id=${id}`)).resolves.toMatchObject({ status: 6, stdout: "" }),
  )
})

const isReserved = (id: string) => id.includes(":cicdstatemgr:")
