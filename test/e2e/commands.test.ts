/** The subcommands, as the built command line runs them on the file store. */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { cli, tempDir } from "../support/cli.js"

const APP = `bases: [base.yaml]
variables:
  image: "repo/{{ state.app }}"
cicd-contexts:
  stage:
    channel: chat
    generators:
      g: {a: {set: [{key: state.made, value: "by {{ state.app }}"}]}}
  prod: {channel: ops}
`
const FILES = { "app.yaml": APP, "bases/base.yaml": "cicd-contexts: {stage: {region: eu, channel: base}}\n" }

function context(...assignments: string[]) {
  const folder = tempDir(FILES)
  const run = (...args: string[]) => cli(folder, args, { env: { CICDSTATEMGR_CONTEXT_DATA_ID: "c1" } })
  const created = run(
    "init",
    "c1",
    "--app-config",
    "app.yaml",
    "--bases-dir",
    "bases",
    "state.app=shop",
    ...assignments,
  )
  expect(created).toMatchObject({ status: 0, stdout: "c1\n" })
  return { folder, run, get: (path: string) => run("get", path).stdout }
}

describe("init", () => {
  it("builds the context, writes the primary and four caches, and says where", () => {
    const { folder, run } = context()
    const stderr = run("init", "c2").stderr
    expect(stderr.match(/no config is given/g)).toHaveLength(1)
    expect(readdirSync(join(folder, ".cicdstatemgr")).filter((name) => !name.startsWith("."))).toEqual([
      "cicdContextData.id",
      "cicdContextData.json",
      "cicdContextData.sh",
      "cicdContextData.yaml",
      "contexts",
    ])
    expect(statSync(join(folder, ".cicdstatemgr/cicdContextData.json")).mode & 0o777).toBe(0o600)
    expect(run("get", "region").stdout).toBe("eu\n")
    expect(run("get", "channel").stdout).toBe("chat\n")
    expect(run("get", "variables.image").stdout).toBe("repo/shop\n")
  })

  it("refuses an id that exists, keeps it with --if-absent, replaces it with --overwrite", () => {
    const { run, get } = context("state.k=1")
    expect(run("init", "c1", "state.k=2")).toMatchObject({
      status: 9,
      stdout: "",
      stderr: expect.stringContaining('"c1"'),
    })
    expect(run("init", "c1", "--if-absent", "state.k=2")).toMatchObject({ status: 0, stdout: "c1\n" })
    expect(get("state.k")).toBe("1\n")
    expect(run("init", "c1", "--overwrite", "state.k=2").status).toBe(0)
    expect(get("state.k")).toBe("2\n")
    expect(run("init", "c1", "--overwrite", "--if-absent").status).toBe(2)
  })

  it("takes another context by --context and names those that exist", () => {
    const folder = tempDir(FILES)
    expect(
      cli(folder, ["init", "x", "--app-config", "app.yaml", "--bases-dir", "bases", "--context", "prod"]).status,
    ).toBe(0)
    const wrong = cli(folder, ["init", "y", "--app-config", "app.yaml", "--bases-dir", "bases", "--context", "prd"])
    expect(wrong).toMatchObject({ status: 6, stderr: expect.stringMatching(/did you mean "prod"\?.*stage, prod/) })
  })
})

describe("get", () => {
  const types =
    'state.t:={"i": 12345678901234567890, "f": 1.0, "n": null, "b": false, "e": "", "l": [1, {"k": "v"}], "10": 1, "9": 2}'
  it.each([
    [["state.t.i"], "12345678901234567890\n"],
    [["state.t.f"], "1.0\n"],
    [["state.t.n"], "null\n"],
    [["state.t.b"], "false\n"],
    [["state.t.e"], "\n"],
    [["state.t.l"], '[1, {"k": "v"}]\n'],
    [["state.t.l[1].k"], "v\n"],
    [["state.t.l[-1]", "-o", "yaml"], "k: v\n"],
    [["state.t.l", "-o", "json"], '[\n  1,\n  {\n    "k": "v"\n  }\n]\n'],
    [["state.app", "-o", "json"], '"shop"\n'],
    [["state.t.l[*].k"], '["v"]\n'],
    [["state.nope", "--default", "none"], "none\n"],
    [["state.nope", "--default", ""], "\n"],
    [["variables.image", "--no-render"], "repo/shop\n"],
  ])("%j", (args, stdout) => expect(context(types).run("get", ...args)).toMatchObject({ status: 0, stdout }))

  it("a missing path is exit 4 with nothing on stdout", () =>
    expect(context().run("get", "state.nope")).toMatchObject({
      status: 4,
      stdout: "",
      stderr: expect.stringContaining('"state.nope"'),
    }))

  it("renders a text once, with variables", () => {
    const { run } = context("state.t={{ state.app }}-{{ x.y }}")
    expect(run("get", "state.t", "--tmpl-ctx-var", "x.y=state.region", "--tmpl-ctx-var", "x.y=literal").stdout).toBe(
      "shop-literal\n",
    )
    expect(run("get", "state.t", "--no-render").stdout).toBe("{{ state.app }}-{{ x.y }}\n")
  })

  it("a broken, foreign or stale cache is never believed", () => {
    const { folder, run, get } = context("state.k=1")
    const cache = join(folder, ".cicdstatemgr/cicdContextData.json")
    writeFileSync(cache, "{ broken")
    writeFileSync(join(folder, ".cicdstatemgr/cicdContextData.yaml"), "state: {cicdContextDataId: other, k: 2}\n")
    expect(get("state.k")).toBe("1\n")
    expect(run("get", "state.k").stderr).not.toContain("broken")
    expect(JSON.parse(readFileSync(cache, "utf8"))).toMatchObject({ state: { k: "1" } })
  })
})

describe("set", () => {
  it("applies all kinds of assignments in one commit", () => {
    const { folder, run, get } = context("state.l[]=a", "state.old=x")
    writeFileSync(join(folder, "r.json"), '{"n": 1.0}')
    const args = [
      "state.a=1",
      "state.l[]=b,c",
      "--set",
      "state.s=x y",
      "-z=dash",
      "--set-file",
      "state.r=r.json",
      "--unset",
      "state.old",
      "--increment",
      "state.n=5",
    ]
    expect(run("set", ...args)).toMatchObject({ status: 0, stdout: "" })
    expect(get("state")).toBe(
      '{"cicdContextDataId": "c1", "cicdContextName": "stage", "app": "shop", "l": ["a", "b", "c"], "a": "1", "s": "x y", "r": {"n": 1.0}, "n": 5}\n',
    )
    expect(get("'-z'")).toBe("dash\n")
    expect(run("history").stdout.trim().split("\n")).toHaveLength(2)
  })

  it("takes assignments behind --, a file from stdin, and no assignment from an empty array", () => {
    const { folder, run, get } = context()
    expect(run("set", "--", "state.a=--b").status).toBe(0)
    expect(get("state.a")).toBe("--b\n")
    const env = { CICDSTATEMGR_CONTEXT_DATA_ID: "c1" }
    expect(cli(folder, ["set", "--set-file", "state.in=-"], { env, input: "a: [1, yes]\n" }).status).toBe(0)
    expect(get("state.in")).toBe('{"a": [1, true]}\n')
    expect(run("set", "--set").status).toBe(2)
    expect(run("load", "c1", "--set", "--", ...[]).status).toBe(0)
  })

  it("is all or none", () => {
    const { run, get } = context("state.s=text")
    expect(run("set", "state.ok=1", "state.s[]=x")).toMatchObject({
      status: 9,
      stderr: expect.stringContaining("state.s[]"),
    })
    expect(run("get", "state.ok").status).toBe(4)
    expect(get("state.s")).toBe("text\n")
  })

  it("--if-revision makes it conditional", () => {
    const { run } = context()
    expect(run("set", "--if-revision", "1", "state.a=1").status).toBe(0)
    expect(run("set", "--if-revision", "1", "state.a=2")).toMatchObject({
      status: 9,
      stderr: expect.stringMatching(/revision 2, not 1/),
    })
  })

  it.each([
    [["set", "state.a"], 2],
    [["set", "=x"], 2],
    [["set", "state.cicdContextDataId=x"], 2],
    [["set", "state.a:=x"], 2],
    [["set", "--set-file", "state.a=nope.json"], 6],
    [["set", "--id", "nope", "state.a=1"], 4],
    [["set", "state.l[3]=x"], 9],
    [["load", "nope"], 4],
    [["delete", "nope"], 4],
    [["history", "nope"], 4],
    [["generate", "nope"], 4],
    [["get"], 2],
    [["get", "a", "b"], 2],
    [["get", "bad["], 2],
    [["get", "state", "-o", "xml"], 2],
    [["nosuch"], 2],
    [["set", "state.a=1", "--bogus"], 2],
    [["get", "state", "--config", "nope.yaml"], 6],
    [["get", "state", "--config", "app.yaml"], 6],
    [["init", "z", "--app-config", "nope.yaml"], 6],
    [["init", "z", "--app-config", "app.yaml"], 6],
    [["get", "state", "--log-level", "loud"], 2],
  ])("%j exits %i with one line of advice", (args, status) => {
    const outcome = context().run(...args)
    expect(outcome).toMatchObject({ status, stdout: "" })
    expect(outcome.stderr.split("\n").filter((line) => line.startsWith("cicdstatemgr: "))).toHaveLength(1)
    expect(outcome.stderr).not.toMatch(/^\s+at /m)
  })
})

describe("hostile input", () => {
  it.each([
    ["../secret.yaml", "outside"],
    ["link.yaml", "outside"],
    ["/etc/hostname", "outside"],
    ["sub/../../secret.yaml", "outside"],
    ["../nothing-here.yaml", "outside"],
  ])("an app file cannot reach beyond the folder of bases: %s", (base, message) => {
    const folder = tempDir({
      "app.yaml": `bases: ["${base}"]\ncicd-contexts: {stage: {}}\n`,
      "secret.yaml": "cicd-contexts: {}\n",
      "bases/sub/x": "",
    })
    symlinkSync("../secret.yaml", join(folder, "bases/link.yaml"))
    const outcome = cli(folder, ["init", "x", "--app-config", "app.yaml", "--bases-dir", "bases"])
    expect(outcome).toMatchObject({ status: 6, stderr: expect.stringContaining(message) })
  })

  it("a value file that is not there is judged by where it would be", () => {
    const folder = tempDir({ "work/sub/x": "", "there.txt": "" })
    const work = join(folder, "work")
    for (const [link, target] of [
      ["up", ".."],
      ["gone", "../nowhere.txt"],
      ["loop", "loop"],
      ["sub/back", "../gone.txt"],
      ["deep", "up/nowhere/x.txt"],
    ] as const)
      symlinkSync(target, join(work, link))
    const refusal = (file: string) => cli(work, ["init", "x", "--set-file", `state.x=${file}`])
    for (const file of ["up/there.txt", "up/nowhere.txt", "up/no/such/folder.txt", "gone", "deep"])
      expect(refusal(file)).toMatchObject({ status: 6, stderr: expect.stringContaining("is outside of the working") })
    for (const file of ["nowhere.txt", "sub/no/such.txt", "up/work/nowhere.txt", "loop", "sub/back"])
      expect(refusal(file)).toMatchObject({ status: 6, stderr: expect.not.stringContaining("outside") })
  })

  it("links inside of the folder of bases work, as a mounted ConfigMap has them", () => {
    const folder = tempDir({
      "app.yaml": "bases: [b.yaml]\ncicd-contexts: {stage: {}}\n",
      "bases/..data/b.yaml": "cicd-contexts: {stage: {a: 1}}\n",
    })
    symlinkSync("..data/b.yaml", join(folder, "bases/b.yaml"))
    expect(cli(folder, ["init", "x", "--app-config", "app.yaml", "--bases-dir", "bases"]).status).toBe(0)
  })

  it("what could be written but not read again is refused, and nothing changes", () => {
    const { folder, run, get } = context()
    writeFileSync(join(folder, "deep.json"), `${"[".repeat(299)}${"]".repeat(299)}`)
    expect(run("set", "--set-file", "state.a.b.c=deep.json")).toMatchObject({
      status: 8,
      stderr: expect.stringContaining("300"),
    })
    expect(run("set", 'state.a:="\\ud800"')).toMatchObject({ status: 6, stderr: expect.stringContaining('"state.a"') })
    expect(get("state.app")).toBe("shop\n")
    expect(run("history").stdout.trim().split("\n")).toHaveLength(1)
  })

  it.each([
    ["a: &a [x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n", 9, 8],
    [`a: ${"[".repeat(5000)}${"]".repeat(5000)}\n`, 0, 6],
  ])("YAML bombs and absurd nesting are refused", (start, levels, status) => {
    const names = "bcdefghijk"
    const bomb = Array.from(
      { length: levels },
      (_, i) => `${names[i + 1]}: &${names[i + 1]} [${`*${names[i]},`.repeat(9)}]\n`,
    ).join("")
    const folder = tempDir({ "app.yaml": start + bomb })
    const outcome = cli(folder, ["init", "x", "--app-config", "app.yaml"])
    expect(outcome).toMatchObject({ status, stderr: expect.stringMatching(/app\.yaml, line \d+, column \d+/) })
  })

  it("a path or an actor with line breaks forges no line of the history", () => {
    const { run } = context()
    run("set", "--actor", "x\n9\tforged", 'state."a\nb"=1')
    expect(run("history").stdout.trim().split("\n")).toHaveLength(2)
  })
})

describe("results", () => {
  it("writes values without a newline, several by one option", () => {
    const { folder, run } = context("state.l:=[1, 2]")
    expect(
      run("load", "c1", "--result", "state.app=app.txt", "variables.image=image.txt", "state.l=l.txt").status,
    ).toBe(0)
    expect(["app", "image", "l"].map((name) => readFileSync(join(folder, `${name}.txt`), "utf8"))).toEqual([
      "shop",
      "repo/shop",
      "[1, 2]",
    ])
  })

  it.each([
    [["state.nope=f.txt"], 4, '"state.nope"'],
    [["state.app="], 6, '"state.app"'],
    [["state.big=f.txt"], 8, '"state.big" 5000'],
    [["state.app=f.txt", "--max-result-bytes", "3"], 8, '"state.app" 4'],
  ])("%j is an error that names the result; nothing is written", (args, status, named) => {
    const { folder, run } = context(`state.big=${"x".repeat(5000)}`)
    expect(run("load", "c1", "--result", ...args)).toMatchObject({ status, stderr: expect.stringContaining(named) })
    expect(existsSync(join(folder, "f.txt"))).toBe(false)
  })
})

describe("the other commands", () => {
  it("generate commits what the items set", () => {
    const { run, get } = context()
    expect(run("generate", "generators.g").status).toBe(0)
    expect(get("state.made")).toBe("by shop\n")
  })

  it("render takes its template from an argument, a file or stdin, its data from a context or a file", () => {
    const { folder, run } = context()
    writeFileSync(join(folder, "t.txt"), "app {{ state.app }}\n")
    writeFileSync(join(folder, "d.yaml"), "state: {app: other}\n")
    expect(run("render", "{{ state.app }}!").stdout).toBe("shop!\n")
    expect(run("render", "--file", "t.txt").stdout).toBe("app shop\n")
    const piped = cli(folder, ["render", "--data", "d.yaml"], { input: "{{ state.app }}" })
    expect(piped).toMatchObject({ status: 0, stdout: "other\n", stderr: "" })
  })

  it("list shows all ids, delete removes one with its caches", () => {
    const { run } = context()
    for (const id of ["a/b", "ünï", ".."]) expect(run("init", id).status).toBe(0)
    expect(run("list").stdout).toBe("..\na/b\nc1\nünï\n")
    expect(JSON.parse(run("list", "-o", "json").stdout)).toHaveLength(4)
    for (const id of ["x\nc1", "\u001b[2J", '"q"', 'in"side', "a\u202eb", "t\tab", "\u009b"])
      expect(run("init", id).status).toBe(0)
    const lines = run("list").stdout.trimEnd().split("\n")
    expect(lines).toEqual([
      ...['"\\u001b[2J"', '"\\"q\\""', "..", "a/b", '"a\\u202eb"', "c1", 'in"side'],
      ...['"t\\tab"', '"x\\nc1"', '"\\u009b"', "ünï"],
    ])
    const ids = lines.map((line) => (line.startsWith('"') ? JSON.parse(line) : line))
    expect(ids).toEqual(JSON.parse(run("list", "-o", "json").stdout))
    for (const id of ids.filter((id) => !["c1", "a/b", "..", "ünï"].includes(id)))
      expect(run("delete", id).status).toBe(0)
    expect(run("load", "c1").status).toBe(0)
    expect(run("delete", "c1").status).toBe(0)
    expect(run("get", "state.app").status).toBe(4)
    expect(run("list").stdout).toBe("..\na/b\nünï\n")
  })

  it("history tells revision, time, actor and assignments, without secrets", () => {
    const { run } = context()
    run("set", "--actor", "task-7", "state.a=1", "state.slackToken=xoxb-123456")
    const [first, second] = JSON.parse(run("history", "c1", "-o", "json").stdout)
    expect(first).toMatchObject({ revision: 1, assignments: ["init stage", 'state.app="shop"'] })
    expect(second).toMatchObject({ revision: 2, actor: "task-7", assignments: ['state.a="1"', "state.slackToken=***"] })
    expect(run("history", "c1").stdout).not.toContain("xoxb")
  })

  it("--output-dir takes the caches elsewhere", () => {
    const { folder, run } = context()
    expect(run("load", "c1", "--output-dir", "out/deep").status).toBe(0)
    expect(readFileSync(join(folder, "out/deep/cicdContextData.id"), "utf8")).toBe("c1")
    expect(
      execFileSync("sh", ["-c", '. ./out/deep/cicdContextData.sh; printf %s "$CICD_state__app"'], {
        cwd: folder,
      }).toString(),
    ).toBe("shop")
  })

  it("a cache that cannot be written is exit 7, though the state is saved; a read only warns", () => {
    const { folder, run, get } = context()
    writeFileSync(join(folder, "file"), "")
    const refused = run("set", "state.a=1", "--output-dir", "file/out")
    expect(refused).toMatchObject({ status: 7, stderr: expect.stringMatching(/saved/) })
    expect(get("state.app")).toBe("shop\n")
    expect(run("load", "c1").status).toBe(0)
    expect(get("state.a")).toBe("1\n")
    expect(run("get", "state.a", "--output-dir", "file/out")).toMatchObject({
      status: 0,
      stdout: "1\n",
      stderr: expect.stringContaining("WARNING"),
    })
  })

  it("where caches cannot be written, get --refresh warns and load fails; neither speaks of saving", () => {
    const { folder, run } = context()
    writeFileSync(join(folder, "file"), "")
    const elsewhere = ["--output-dir", "file/out"]
    const message = /The state of the primary is not in these caches: .*ENOTDIR/
    const read = run("get", "state.app", "--refresh", "--revision-file", "revision", ...elsewhere)
    expect(read).toMatchObject({ status: 0, stdout: "shop\n", stderr: expect.stringMatching(message) })
    expect(read.stderr).toContain("WARNING")
    expect(readFileSync(join(folder, "revision"), "utf8")).toBe("1")
    const load = run("load", "c1", ...elsewhere)
    expect(load).toMatchObject({ status: 7, stdout: "", stderr: expect.stringMatching(message) })
    for (const { stderr } of [read, load, run("get", "state.app", ...elsewhere)]) expect(stderr).not.toContain("saved")
  })
})

describe("help and errors", () => {
  it.each([[["--help"]], [["-h"]], [["help"]], [["set", "--help"]], [["help", "set"]], [["set", "-h"]]])(
    "%j prints help",
    (args) => {
      const { status, stdout, stderr } = cli(tempDir(), args)
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
      expect(stdout).toContain(args.includes("set") ? "EXAMPLES" : "COMMANDS")
      expect(stdout).not.toContain("\u001b")
    },
  )

  it("prints its version", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string }
    expect(cli(tempDir(), ["--version"]).stdout).toBe(`${version}\n`)
  })

  it("without arguments it says what to do, on stderr", () =>
    expect(cli(tempDir(), [])).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("--help") }))

  it("secrets reach neither logs nor errors", () => {
    const folder = tempDir({
      "config.yaml": "cicdstatemgr: {datasources: {redis: {host: localhost, port: 1, isPrimary: true}}}\n",
      "secrets.yaml": "cicdstatemgr: {datasources: {redis: {username: someone, password: hunter2-hunter2}}}\n",
    })
    const outcome = cli(folder, [
      "set",
      "--config",
      ".",
      "--secrets",
      ".",
      "--id",
      "hunter2-hunter2",
      "state.a=hunter2-hunter2",
      "--log-level",
      "debug",
    ])
    expect(outcome.status).toBe(7)
    expect(outcome.stderr).not.toContain("hunter2-hunter2")
    expect(outcome.stderr).toContain("***")
  })

  it("writes JSON log lines on demand", () => {
    const lines = cli(tempDir(), ["init", "x", "--log-format", "json"]).stderr.trim().split("\n")
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(["warning", "info"])
  })
})
