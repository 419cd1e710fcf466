/** What the system hands to a process: arguments and variables of any bytes, odd folders, closed streams. */
import { spawnSync } from "node:child_process"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { COMMAND, cli, type Outcome, tempDir } from "../support/cli.js"
import { expectAnswer, expectBounded, inProcess, LONG, measured, python } from "./bounded.js"

const ENV = { CICDSTATEMGR_CONTEXT_DATA_ID: "c" }
/** All that a user can do wrong; never 1, which is a bug of ours. */
const STATUSES = [0, 2, 4, 5, 6, 8, 9]

function context() {
  const folder = tempDir()
  expect(cli(folder, ["init", "c", "state.a=1"]).status).toBe(0)
  return folder
}

const bytes = fc.uint8Array({ maxLength: 12 }).map((list) => list.filter((byte) => byte !== 0))
const piece = fc.oneof(
  bytes.map((list) => Buffer.from(list)),
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => Buffer.from(text.replaceAll("\0", ""))),
  fc
    .constantFrom(
      ..."state.a=1 state.b:=[1 state.a[]=x,y state.a{}= --set --unset --increment --set-file --result --tmpl-ctx-var -- - -o json --default= --id= --if-revision state.a['x']=1 $..a state..a [0] = := []= {}= --output-dir --allow-path --log-level --refresh --help -h -l --handle-event build=x".split(
        " ",
      ),
    )
    .map(Buffer.from),
)
const commandLine = fc.tuple(
  fc.constantFrom(
    "init",
    "load",
    "get",
    "set",
    "handle-event",
    "generate",
    "render",
    "list",
    "delete",
    "history",
    "nope",
    "--id",
    "--set",
    "--init-new",
  ),
  fc.array(piece, { maxLength: 6 }),
)

// The flags of 1.x have 1 as their only failure.
const statusesOf = (command: string) => (command.startsWith("--") ? [0, 1, 2] : STATUSES)
/** The flags of 1.x tell each of several problems on a line of its own. */
const expectNoCrash = (outcome: Outcome, command: string) => {
  expect(statusesOf(command), outcome.stderr).toContain(outcome.status)
  expect(outcome.stderr).not.toMatch(/^\s+at |This is a bug/m)
}

describe("arguments of any text", () => {
  it("end in a result or in advice", { timeout: 300_000 }, async () => {
    const folder = context()
    await fc.assert(
      fc.asyncProperty(commandLine, async ([command, args]) => {
        expectNoCrash(await inProcess(folder, [command, ...args.map(String)], ENV), command)
        await inProcess(folder, ["init", "c", "--overwrite", "state.a=1"])
      }),
      { numRuns: LONG ? 5000 : 150 },
    )
  })
})

describe.skipIf(!python)("arguments", () => {
  it("of any bytes end in a result or in advice", { timeout: 300_000 }, () => {
    const folder = context()
    fc.assert(
      fc.property(commandLine, ([command, args]) => {
        expectNoCrash(measured({ folder, env: ENV, args: [command, ...args] }), command)
        cli(folder, ["init", "c", "--overwrite", "state.a=1"])
      }),
      { numRuns: LONG ? 150 : 10 },
    )
  })

  it.each([
    ["an id", (bad: Uint8Array) => ["load", bad], 4],
    ["a value", (bad: Uint8Array) => ["set", Buffer.concat([Buffer.from("state.v="), bad])], 0],
    ["a path", (bad: Uint8Array) => ["get", bad], 4],
    ["an option", (bad: Uint8Array) => ["get", Buffer.concat([Buffer.from("--"), bad])], 2],
    ["a command", (bad: Uint8Array) => [bad], 2],
    ["a file", (bad: Uint8Array) => ["list", "--config", bad], 6],
    ["a template", (bad: Uint8Array) => ["render", bad], 0],
  ])("that are not UTF-8, as %s", (_name, argsOf, status) => {
    const folder = context()
    expectBounded(measured({ folder, env: ENV, args: argsOf(Buffer.from([0x61, 0xff, 0xfe, 0xc3])) }), [status])
  })

  it.each([
    ["a value", (long: string) => ["set", `state.v=${long}`], 0],
    ["a path", (long: string) => ["get", long], 4],
    ["a deep path", () => ["set", `${"a.".repeat(60_000)}a=1`], 8],
    ["a query", () => ["get", "$..*".repeat(30_000)], 2],
    ["brackets of a query", () => ["get", "(".repeat(120_000)], 2],
    ["indices", () => ["get", `a${"[0]".repeat(40_000)}`], 4],
    ["JSON", () => ["set", `state.v:=${"[".repeat(120_000)}`], 2],
    ["an event", (long: string) => ["handle-event", `${long}=${long}`], 4],
    ["a name of a command", (long: string) => [long], 2],
    ["an option", (long: string) => ["list", `--${long}`], 2],
    ["an output format", (long: string) => ["list", "-o", long], 2],
    ["a number", () => ["set", "state.a=1", "--if-revision", "9".repeat(120_000)], 2],
    ["an increment", () => ["set", "--increment", `state.n=${"9".repeat(120_000)}`], 2],
    ["a template", (long: string) => ["render", `{{ ${long} }}`], 0],
  ])("of 120 KB, as %s", (_name, argsOf, status) => {
    expectBounded(measured({ folder: context(), env: ENV, args: argsOf("x".repeat(60_000)) }), [status])
  })

  it("of which there are tens of thousands are taken", () => {
    const folder = context()
    const args = Array.from({ length: 20_000 }, (_, i) => `state.k${i}=v`)
    expectBounded(measured({ folder, env: ENV, args: ["set", "--set", ...args] }), [0])
    expect(cli(folder, ["get", "state.k19999"], { env: ENV }).stdout).toBe("v\n")
  })
})

describe.skipIf(!python)("variables", () => {
  const NAMES = ["CONFIG_PATH", "SECRETS_PATH", "CONTEXT_DATA_ID", "ACTOR", "INIT_APP_CONFIG_PATH", "BASES_DIR_PATH"]
  const TEXTS = ["\n", "/", "..", "-x", "é\u202e", "\u001b[2J", "x".repeat(100_000), "/dev/full", "/proc/self/mem"]
  const args = ["init", "--id", "c", "--overwrite", "a=1"]
  it.each(NAMES.map((name) => [`CICDSTATEMGR_${name}`]))("%s of any text", async (name) => {
    const folder = tempDir()
    for (const text of TEXTS) expectAnswer(await inProcess(folder, args, { [name]: text }), [0, 6])
    expectBounded(measured({ folder, env: { [name]: Buffer.from([0xff, 0xfe]) }, args }), [0, 6])
  })

  it.each([
    [{ HOME: "" }],
    [{ HOME: "relative" }],
    [{ TMPDIR: "/nonexistent" }],
    [{ PATH: "" }],
    [{ TZ: "Nowhere/At-All" }],
    [{ TZ: "../../etc/passwd" }],
    [{ LANG: "xx_XX", LC_ALL: "\u0001" }],
    [{ NO_COLOR: "", FORCE_COLOR: "9", TERM: "\u001b[2J" }],
    [{ HTTPS_PROXY: "not a url", HTTP_PROXY: "http://", NO_PROXY: ",,[" }],
    [{ __proto__x: "1", constructor: "1" }],
    [{ "": "1" }],
    [{ A: Buffer.from([0xff]) }],
  ])("%j make no difference", (env) => {
    const folder = tempDir()
    expectBounded(measured({ folder, env, args: ["init", "c", "state.a=1"] }), [0])
    expect(expectBounded(measured({ folder, env, args: ["get", "state.a", "--id", "c"] }), [0]).stdout).toBe("1\n")
  })
})

describe("streams", () => {
  it.each(["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "< /dev/null > /dev/null"])("%s does not crash it", (redirection) => {
    const folder = context()
    const command = `${COMMAND.map((word) => `"${word}"`).join(" ")} set --id c state.b=2 ${redirection}; echo "$?"`
    const { stdout } = spawnSync("sh", ["-c", command], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env.PATH },
    })
    expect(stdout).toBe("0\n")
    expect(cli(folder, ["get", "state.b"], { env: ENV }).stdout).toBe("2\n")
  })

  it.each([
    ["random bytes", Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256)), 6],
    ["NULs", Buffer.alloc(1_000_000), 0],
    ["nothing", "", 0],
    ["a line without an end", "x".repeat(5_000_000), 0],
    ["a half character", Buffer.from([0x61, 0xe2, 0x82]), 6],
    ["UTF-16", Buffer.from("\ufeffa: 1", "utf16le"), 6],
  ])("standard input of %s", (_name, input, status) => {
    const folder = context()
    const args = ["set", "--set-file", "state.v=-"]
    const outcome = python ? measured({ folder, env: ENV, args, input }) : undefined
    if (outcome) expectBounded(outcome, [status])
  })
})
