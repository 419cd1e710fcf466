/** App and config files that others wrote: what may be in them must not crash the tool, nor take much time or memory. */
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { tempDir } from "../support/cli.js"
import { expectAnswer, expectBounded, inProcess, LONG, measured, python } from "./bounded.js"

const each = (count: number, write: (i: number) => string) => Array.from({ length: count }, (_, i) => write(i)).join("")
const keys = (count: number) => each(count, (i) => `k${i}: 1,`)
const M = 300_000

/** Fine: as large as they may be, and read. */
const LARGE: Readonly<Record<string, string>> = {
  "a long key": `${"k".repeat(5 * M)}: 1\n`,
  "a long quoted key": `"${"k".repeat(2 * M)}": 1\n`,
  "a long text": `a: ${"v ".repeat(2 * M)}\n`,
  "a long block": `a: |\n${"  line\n".repeat(M / 2)}`,
  "a long comment": `#${"c".repeat(5 * M)}\na: 1\n`,
  "many escapes": `a: "${"\\x41".repeat(M)}"\n`,
  "many quotes": `a: '${"''".repeat(M)}'\n`,
  "many digits and dots": `a: ${"9.".repeat(M)}\n`,
  "many digits and an underscore": `a: 1${"_1".repeat(M)}x\n`,
  "a long sexagesimal that is text": `a: 1${":1".repeat(M / 2)}x\n`,
  "a long tag of text": `a: !!str ${"t".repeat(5 * M)}\n`,
  "many anchors": each(40_000, (i) => `a${i}: &a${i} 1\n`),
  "as many aliases of a map as may be": `a: &a {${keys(2000)}}\nb: [${"*a,".repeat(200)}]\n`,
  "many empty lines": "\n".repeat(3 * M),
  "a long block in as many lines as may be": `a: >\n${"  line\n".repeat(390_000)}`,
  "a text in quotes in as many lines as may be": `a: "${"\n".repeat(390_000)}"\n`,
  "a block that keeps as many lines as may be": `a: >+\n  x\n${"\n".repeat(390_000)}`,
  "many comments": `a:\n${"  # c\n".repeat(M)}`,
  "many keys": each(40_000, (i) => `k${i}: 1\n`),
}

/** Refused: with the exit code. */
const REFUSED: Readonly<Record<string, readonly [text: string, status: number]>> = {
  "a billion laughs": [`a0: &a0 lol\n${each(60, (i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]\n`)}`, 8],
  "a billion laughs in maps": [
    `a0: &a0 lol\n${each(60, (i) => `a${i + 1}: &a${i + 1} {${[..."abcdefghi"].map((key) => `${key}: *a${i}`)}}\n`)}`,
    8,
  ],
  "a billion merges": [
    `a0: &a0 {x: 1}\n${each(200, (i) => `a${i + 1}: &a${i + 1}\n  <<: [${`*a${i},`.repeat(9)}]\n  k${i}: 1\n`)}`,
    8,
  ],
  "a map merged into thousands": [`a: &a {${keys(20_000)}}\n${each(20_000, (i) => `b${i}: {<<: *a}\n`)}`, 8],
  "an alias of itself": ["a: &a [*a]\n", 6],
  brackets: [`a: ${"[".repeat(M)}`, 6],
  braces: [`a: ${"{a: ".repeat(M)}`, 6],
  dashes: [`a:\n${"- ".repeat(M)}`, 8],
  "question marks": ["? ".repeat(M), 8],
  "maps in maps": [each(2000, (i) => `${" ".repeat(i)}a:\n`), 6],
  "too many items": [`a: [${"1,".repeat(M)}]\n`, 8],
  "too many lines": ["a: 1\n".repeat(M), 8],
  "too many old line ends": ["a: 1\r".repeat(M), 8],
  "too many lines in quotes": [`a: "${"\n".repeat(2 * M)}"\n`, 8],
  "too many plain lines": [`a: b\n${"\n".repeat(2 * M)}  c\n`, 8],
  "too many kept lines": [`a: >+\n  x\n${"\n".repeat(2 * M)}`, 8],
  "millions of lines in quotes": [`a: "${"\n".repeat(20_000_000)}"\n`, 8],
  "millions of empty lines in a block": [`a: >\n${"\n".repeat(40_000_000)}  x\n`, 8],
  "millions of lines in a block": [`a: |\n${"  x\n".repeat(5_000_000)}`, 8],
  "more than 2 MiB that is not simple": [`a: !!str ${"t".repeat(2 << 20)}\n`, 8],
  "millions of escapes": [`a: "${"\\n".repeat(10_000_000)}"\n`, 8],
  "millions of quotes": [`a: '${"''".repeat(10_000_000)}'\n`, 8],
  "too many tags": [`a: ${"!!str ".repeat(M)}`, 8],
  commas: [`a: [${",".repeat(2 * M)}]`, 8],
  "too many documents": ["---\n".repeat(M), 6],
  "an int of many digits": [`a: ${"9".repeat(M)}\n`, 6],
  "a text without an end": [`a: "${"x".repeat(2 * M)}`, 6],
  "a tag that runs code in Python": ['a: !!python/object/apply:os.system ["touch pwned"]\n', 6],
  "a tag that names code in Python": ["a: !!python/name:os.system {}\n", 6],
  "a tag of a function": ["a: !<tag:yaml.org,2002:js/function> 'function () {}'\n", 6],
  "an unknown tag": ["a: !foo {}\n", 6],
  "a tag by a handle": ["a: !e!foo 1\n", 6],
  "binary data": ["a: !!binary aGk=\n", 6],
  "a NUL": ["a: \0\n", 6],
  "a control character": ["a: \u0007\n", 6],
  "a map as key": ["{a: 1}: 2\n", 6],
}

/** Errors that would quote all of it. */
const LONG_QUOTES: Readonly<Record<string, readonly [text: string, status: number]>> = {
  "a number that is none": [`cicd-contexts: {stage: {a: ${"9".repeat(M)}}}\n`, 6],
  "a template on a long line": [`cicd-contexts: {stage: {a: "${"x".repeat(M)}{{ 1 // 0 }}"}}\n`, 5],
}

const JSON_TEXTS: Readonly<Record<string, readonly [text: string, status: number]>> = {
  "brackets in JSON": [`{"a": ${"[".repeat(M)}`, 6],
  "braces in JSON": ['{"a":'.repeat(M), 6],
  "many items in JSON": [`{"cicd-contexts": {"stage": {}}, "a": [${"1,".repeat(M)}1]}`, 0],
  "many keys in JSON": [
    `{"cicd-contexts": {"stage": {}}, ${Array.from({ length: 200_000 }, (_, i) => `"k${i}": 1`)}}`,
    0,
  ],
  "too many items in JSON": [`{"cicd-contexts": {"stage": {}}, "a": [${"{},".repeat(3 * M)}1]}`, 8],
  "an int of many digits in JSON": [`{"a": ${"9".repeat(M)}}`, 6],
  "equal keys in JSON": [`{${'"a": 1, '.repeat(200_000)}"cicd-contexts": {"stage": {}}}`, 0],
}

const APP = "cicd-contexts: {stage: {}}\n"
const INIT = ["init", "c", "--app-config", "app.yaml"]

/** Only what is long, or grows, needs a process that is measured. */
async function expectInit(folder: string, text: string, status: number) {
  if (text.length < 1000) return expectAnswer(await inProcess(folder, INIT), [status])
  return expectBounded(measured({ folder, args: INIT }), [status])
}

describe.skipIf(!python)("an app file with", () => {
  it.each(Object.entries(LARGE))("%s is read", async (_name, text) => {
    const folder = tempDir({ "app.yaml": APP + text })
    await expectInit(folder, text, 0)
    expect((await inProcess(folder, ["list"])).stdout).toBe("c\n")
  })

  it.each(Object.entries(REFUSED))("%s is refused", async (_name, [text, status]) => {
    const folder = tempDir({ "app.yaml": APP + text })
    expect((await expectInit(folder, text, status)).stderr).toContain("app.yaml")
    expect(readdirSync(folder)).toEqual(["app.yaml"])
  })

  it.each(Object.entries(LONG_QUOTES))("%s is refused in few words", async (_name, [text, status]) => {
    const folder = tempDir({ "app.yaml": text })
    const init = await inProcess(folder, INIT)
    const failed = status === 6 ? init : await inProcess(folder, ["get", "a"], { CICDSTATEMGR_CONTEXT_DATA_ID: "c" })
    expect(expectAnswer(failed, [status]).stderr.length).toBeLessThan(2000)
  })

  it.each(Object.entries(JSON_TEXTS))("%s", async (_name, [text, status]) => {
    await expectInit(tempDir({ "app.yaml": text }), text, status)
  })
})

describe.skipIf(!python)("an app file that names", () => {
  const bases = (...names: string[]) => `bases: [${names}]\n${APP}`
  it.each([
    ["one base thousands of times", bases(...Array.from({ length: 50_000 }, () => "b.yaml"))],
    ["large bases", bases(...Array.from({ length: 20 }, () => "big.yaml"))],
  ])("%s is refused", (_name, text) => {
    const big = `cicd-contexts: {stage: {a: "${"x".repeat(M)}"}}\n`
    const folder = tempDir({ "app.yaml": text, "bases/b.yaml": "a: 1\n", "bases/big.yaml": big })
    const args = ["init", "c", "--app-config", "app.yaml", "--bases-dir", "bases"]
    expect(expectBounded(measured({ folder, args }), [8]).stderr).toContain("bases")
  })

  it("some bases twice has them merged in that order", async () => {
    const base = (value: string) => `cicd-contexts: {stage: {a: ${value}, ${value}: 1}}\n`
    const folder = tempDir({
      "app.yaml": bases("x.yaml", "y.yaml", "x.yaml"),
      "x.yaml": base("x"),
      "y.yaml": base("y"),
    })
    expect((await inProcess(folder, ["init", "c", "--app-config", "app.yaml", "--bases-dir", "."])).status).toBe(0)
    const got = await inProcess(folder, ["get", "[a,x,y]", "-o", "json"], { CICDSTATEMGR_CONTEXT_DATA_ID: "c" })
    expect(JSON.parse(got.stdout)).toEqual(["x", 1, 1])
  })
})

const some = (...names: string[]) => names.map((name) => [name, { ...REFUSED, ...JSON_TEXTS }[name]!] as const)

/** The reader is that of app files. */
const INTO_CONFIG = ["a billion laughs", "a billion merges", "maps in maps", "too many documents", "a map as key"]

describe("a config file with", () => {
  it.each(LONG ? Object.entries(REFUSED) : some(...INTO_CONFIG))("%s is refused", async (_name, [text, status]) => {
    const folder = tempDir({ "bad.yaml": `x: 1\n${text}` })
    expectAnswer(await inProcess(folder, ["list", "--config", "bad.yaml"]), [status])
  })

  it.each(some("a billion laughs", "too many lines", "brackets", "an unknown tag", "a control character"))(
    "%s as secrets is refused, and not quoted",
    async (_name, [text, status]) => {
      const good = "cicdstatemgr: {datasources: {jsonfile: {path: p.json, isPrimary: true}}}\n"
      const folder = tempDir({ "secrets.yaml": `token: s3cr3t-token\n${text}`, "config.yaml": good })
      const outcome = await inProcess(folder, ["list", "--config", ".", "--secrets", "."])
      expect(expectAnswer(outcome, [status]).stderr).not.toContain("s3cr3t")
    },
  )
})

describe.skipIf(!python)("values from files", () => {
  it.each(
    some(
      "a billion laughs",
      "too many lines",
      "brackets",
      "a NUL",
      "an int of many digits",
      "brackets in JSON",
      "many items in JSON",
    ),
  )("%s is stored as it is or refused", (_name, [text]) => {
    const folder = tempDir({ value: text })
    const env = { CICDSTATEMGR_CONTEXT_DATA_ID: "c" }
    const outcome = expectBounded(measured({ folder, env, args: ["init", "c", "--set-file", "state.v=value"] }), [0, 8])
    if (outcome.status === 0) expectBounded(measured({ folder, env, args: ["get", "state.v", "--no-render"] }), [0])
  })

  it("a list that is too long for YAML is stored as text, with a warning", () => {
    const folder = tempDir({ value: "- 1\n".repeat(500_000) })
    const outcome = measured({ folder, args: ["init", "c", "--set-file", "state.v=value"] })
    expect(expectBounded(outcome, [0]).stderr).toMatch(/WARNING.*value.*taken as text.*400000/)
  })

  it.each(["config", "app-config", "data"])("a file of --%s beyond any size is refused unread", (option) => {
    const folder = tempDir()
    const run = spawnSync("truncate", ["-s", "1G", join(folder, "huge")])
    expect(run.status).toBe(0)
    const args = { config: ["list"], "app-config": ["init", "c"], data: ["render", "x"] }[option]!
    const outcome = measured({ folder, args: [...args, `--${option}`, "huge"] })
    expect(expectBounded(outcome, [8]).megabytes).toBeLessThan(200)
  })
})
