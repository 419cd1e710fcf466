/** Names that mean something to JavaScript's objects are names as any others: in every input, every store, every cache. */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { tempDir } from "../support/cli.js"
import { type RedisServer, redisMissing, startRedis } from "../support/redis-server.js"
import { inProcess } from "./bounded.js"

const NAMES = ["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"]

/** An own property of that name, which a literal would take as the prototype. */
const holding = (name: string, value: unknown) => Object.fromEntries([[name, value]])

const appOf = (name: string) => `bases: [base.yaml]
jinja2-macros:
  ${name}: "{% macro m() %}made{% endmacro %}"
variables:
  ${name}: "{{ ${name}.${name} }}{{ m() }}"
cicd-contexts:
  stage:
    ${name}: {${name}: own}
    pipelines:
      ${name}:
        generators: {${name}: {${name}: {if: "yes", set: [{key: "state.${name}.g", value: "{{ ${name}.${name} }}"}]}}}
`
const baseOf = (name: string) => `cicd-contexts: {stage: {${name}: {${name}: base, base: {${name}: 1}}}}\n`

if (redisMissing) console.warn(redisMissing)
let redis: RedisServer | undefined
beforeAll(async () => {
  redis = redisMissing ? undefined : await startRedis()
})
afterAll(() => redis?.stop())

const KEYS = Object.getOwnPropertyNames(Object.prototype)
afterEach(() => expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(KEYS))

const CACHES = "yamlfile: {path: c/x.yaml}, shellfile: {path: c/x.sh}, idfile: {path: c/x.id}"
const STORES: Readonly<Record<string, () => string>> = {
  "a JSON file": () => `jsonfile: {path: p/x.json, isPrimary: true}, ${CACHES}`,
  "a YAML file": () => "yamlfile: {path: c/x.yaml, isPrimary: true}, shellfile: {path: c/x.sh}, idfile: {path: c/x.id}",
  Redis: () => `redis: {host: 127.0.0.1, port: ${redis?.port}, isPrimary: true}, ${CACHES}`,
}

describe.each(Object.entries(STORES))("in %s", (store, datasources) => {
  it.skipIf(store === "Redis" && redisMissing).each(NAMES)("%s is a key as any other", async (name) => {
    const folder = tempDir({
      "app.yaml": appOf(name),
      "base.yaml": baseOf(name),
      "config.yaml": `cicdstatemgr: {datasources: {${datasources()}}}\n`,
    })
    const env = { CICDSTATEMGR_CONTEXT_DATA_ID: name, CICDSTATEMGR_CONFIG_PATH: "config.yaml" }
    const run = (...args: string[]) => inProcess(folder, args, env)
    const get = async (path: string) =>
      JSON.parse((await run("get", path, "-o", "json", "--refresh")).stdout) as unknown

    const init = await run("init", name, "--app-config", "app.yaml", "--bases-dir", ".", `state.${name}.a=1`)
    expect(init, init.stderr).toMatchObject({ status: 0 })
    expect((await run("set", `state.${name}.l[]=x,y`, `state."${name}"."${name}":={"${name}": 1}`)).status).toBe(0)
    expect((await run("generate", `pipelines.${name}.generators.${name}`)).status).toBe(0)
    expect((await run("get", `variables.${name}`)).stdout).toBe("ownmade\n")
    expect(await get(name)).toEqual({ ...holding(name, "own"), base: holding(name, 1) })
    const state = { a: "1", l: ["x", "y"], ...holding(name, 0), g: "own" }
    Object.defineProperty(state, name, { value: holding(name, 1) })
    expect(JSON.stringify(await get(`state.${name}`))).toBe(JSON.stringify(state))

    expect((await run("render", `{{ ${name} }} {{ state.${name}.g }} {{ nope.${name} is undefined }}`)).status).toBe(5)
    expect((await run("render", `{{ {}.${name} is undefined }}`)).stdout).toBe("True\n")
    expect((await run("get", `state.a.${name}`)).status).toBe(4)
    expect((await run("get", name, "--tmpl-ctx-var", `${name}.x=state.${name}.a`)).status).toBe(0)
    expect((await run("load", name, "--result", `state.${name}.a=${name}.txt`)).status).toBe(0)
    expect(readFileSync(join(folder, `${name}.txt`), "utf8")).toBe("1")

    const script = `. ./x.sh; echo "$CICD_state__${name}__a $CICD_${name}__${name}"`
    expect(spawnSync("sh", ["-c", script], { cwd: join(folder, "c"), encoding: "utf8" }).stdout).toBe("1 own\n")
    expect(readFileSync(join(folder, "c/x.yaml"), "utf8")).toContain(`  ${name}:`)
    expect((await run("history", name)).stdout).toContain(name)
    expect((await run("set", "--unset", `state.${name}`)).status).toBe(0)
    expect((await run("list")).stdout).toBe(`${name}\n`)
    expect((await run("delete", name)).status).toBe(0)
  })
})

describe("the library", () => {
  it.each(NAMES)("keeps %s as data", async (name) => {
    const { CicdStateMgr } = (await import(resolve("dist/index.js"))) as typeof import("../../src/index.js")
    const states = new CicdStateMgr({ cwd: tempDir() })
    await states.init(name, { set: [{ set: `state.${name}`, value: holding(name, { polluted: true }) }] })
    const got = (await states.get(name, "state")) as Record<string, unknown>
    expect(Object.keys(got)).toContain(name)
    expect(Object.keys(Object.getOwnPropertyDescriptor(got, name)!.value as object)).toEqual([name])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(await states.get(name, `state.nope.${name}`, { default: "none" })).toBe("none")
    await states.close()
  })
})

describe("a config", () => {
  it.each(NAMES)("with %s in every place is read, or refused as any other name", async (name) => {
    const config = (datasources: string, more = "") => `cicdstatemgr: {datasources: {${datasources}}${more}}\n`
    const file = "jsonfile: {path: p.json, isPrimary: true}"
    for (const [text, status] of [
      [`${name}: {${name}: 1}\n${config(file)}`, 0],
      [config(file, `, ${name}: {${name}: 1}, templates: {${name}: x}, slack: {${name}: y}`), 0],
      [config(`${name}: {path: p.json, isPrimary: true}`), 6],
      [config(`jsonfile: {path: p.json, isPrimary: true, ${name}: 1}`), 0],
      [config(`shellfile: {path: x.sh, excludeKeyNames: [${name}]}, ${file}`), 0],
    ] as const) {
      const folder = tempDir({
        "config.yaml": text,
        "secrets.yaml": `${name}: {${name}: s}\ncicdstatemgr: {${name}: t}\n`,
      })
      const outcome = await inProcess(folder, ["init", "c", "a=1", "--config", ".", "--secrets", "."])
      expect(outcome.status, `${text}${outcome.stderr}`).toBe(status)
    }
  })
})
