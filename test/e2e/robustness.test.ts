/** What goes wrong around a command must not go wrong in it: broken streams, hostile files, secrets, limits. */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { describe, expect, it } from "vitest"
import { COMMAND, cli, SHELL_FUNCTION, tempDir } from "../support/cli.js"

const ENV = { CICDSTATEMGR_CONTEXT_DATA_ID: "c" }

function context(...assignments: string[]) {
  const folder = tempDir()
  const run = (...args: string[]) => cli(folder, args, { env: ENV })
  expect(run("init", "c", "state.app=shop", ...assignments).status).toBe(0)
  return { folder, run }
}

/** A command line through a shell, with `cicdstatemgr` as command. */
function shell(folder: string, script: string) {
  const command = `${SHELL_FUNCTION}\n${script}`
  const env = { PATH: process.env.PATH ?? "", ...ENV }
  return spawnSync("bash", ["--norc", "-c", command], { cwd: folder, encoding: "utf8", env })
}

describe("streams", () => {
  it("a broken stderr does not undo a success", () => {
    const { folder, run } = context()
    expect(shell(folder, "cicdstatemgr set --increment state.n 2>/dev/full; echo $?").stdout).toBe("0\n")
    expect(shell(folder, "cicdstatemgr set --increment state.n 2> >(exec true); echo $?").stdout).toBe("0\n")
    expect(run("get", "state.n").stdout).toBe("2\n")
  })

  it("a full stdout is an error in one line, a closed one is none", () => {
    const { folder } = context()
    const full = shell(folder, "cicdstatemgr get state >/dev/full; echo $? >&2")
    expect(full.stderr).toMatch(/cicdstatemgr: Cannot write to standard output: ENOSPC.*\n1\n$/)
    expect(full.stderr).not.toMatch(/^\s+at /m)
    expect(shell(folder, "set -o pipefail; cicdstatemgr get '$' -o json | head -1; echo $?").stdout).toBe("{\n0\n")
  })

  it("stdin is held to the same rules as a file", () => {
    const { folder, run } = context()
    expect(shell(folder, "printf 'ab\\xff\\xfe' | cicdstatemgr set --set-file state.b=-")).toMatchObject({ status: 6 })
    const folderAsInput = shell(folder, "cicdstatemgr render < /")
    expect(folderAsInput).toMatchObject({ status: 6, stderr: expect.not.stringContaining("bug") })
    expect(run("set", "--set-file", "state.a=-", "--set-file", "state.b=-").status).toBe(2)
    expect(shell(folder, "cicdstatemgr set --set-file state.p=<(echo from a pipe)").status).toBe(0)
    expect(run("get", "state.p").stdout).toBe("from a pipe\n")
  })

  it("the error is a JSON line too, where JSON lines are asked for", () => {
    const { run } = context()
    const line = run("get", "state.nope", "--log-format", "json").stderr.trim().split("\n").at(-1)!
    expect(JSON.parse(line)).toMatchObject({ level: "error", code: "PATH_NOT_FOUND", hint: expect.any(String) })
  })

  it("a deleted working folder is no crash", () => {
    const folder = join(tempDir(), "gone")
    mkdirSync(folder)
    expect(shell(folder, 'rmdir "$PWD"; cicdstatemgr --version').status).toBe(0)
  })
})

describe("secrets", () => {
  const CONFIG =
    "cicdstatemgr: {datasources: {jsonfile: {path: p.json, isPrimary: true}}, hook: {token: cfg-TOKEN-1}}\n"
  const withSecrets = (secrets: string) => {
    const folder = tempDir({ "config.yaml": CONFIG, "secrets.yaml": `cicdstatemgr:\n  ${secrets}\n` })
    return {
      folder,
      run: (...args: string[]) => cli(folder, [...args, "--config", ".", "--secrets", "."], { env: ENV }),
    }
  }

  it.each([
    "*hunter2-S3cret",
    "!hunter2-S3cret x",
    "!!int hunter2-S3cret",
    "|2hunter2-S3cret",
    "{hunter2-S3cret",
    "'hunter2-S3cret",
  ])("a secrets file that does not parse is not quoted: %s", (password) => {
    const outcome = withSecrets(`password: ${password}`).run("list", "--log-level", "debug")
    expect(outcome).toMatchObject({ status: 6, stderr: expect.stringContaining("secrets.yaml") })
    expect(outcome.stderr).not.toContain("hunter2")
  })

  it("values of the secrets file and of secret-like keys are in no history, wherever they were set", () => {
    const { folder, run } = withSecrets("slack: {token: xoxb-SECRET-1}")
    expect(run("init", "c").status).toBe(0)
    expect(run("set", "state.plain=xoxb-SECRET-1", "state.other=see cfg-TOKEN-1 there").status).toBe(0)
    expect(run("history", "c").stdout).toContain('state.plain="***" state.other="see *** there"')
    expect(readFileSync(join(folder, ".p.json.log"), "utf8")).not.toMatch(/SECRET|TOKEN/)
    expect(run("get", "state.plain").stdout).toBe("xoxb-SECRET-1\n")
  })

  it("a secret of several lines is masked in an error that quotes a part of it", () => {
    const { run } = withSecrets('key: "first-line\\nsecond-line\\n"')
    expect(run("set", "first-line\nsecond-line").stderr).not.toMatch(/first-line|second-line/)
  })
})

describe("secrets elsewhere", () => {
  it("a secrets file counts without a config too, and for the actor", () => {
    const folder = tempDir({ "secrets.yaml": "cicdstatemgr: {slack: {token: xoxb-SECRET-1}}\n" })
    const run = (...args: string[]) => cli(folder, [...args, "--secrets", "secrets.yaml"], { env: ENV })
    expect(run("init", "c", "leak=xoxb-SECRET-1", "--actor", "xoxb-SECRET-1").status).toBe(0)
    expect(run("set", "xoxb-SECRET-1").stderr).not.toContain("SECRET")
    const long = `state."${"p".repeat(185)} xoxb-SECRET-1"=1`
    expect(run("set", long).status).toBe(0)
    expect(run("history", "c").stdout).not.toMatch(/SECRET|xoxb/)
  })

  it("what stands under a secret-like key is in no error", () => {
    const { run } = context("state.password={{ nope.s3cr3t-value }}")
    const get = run("get", "state.password")
    expect(get).toMatchObject({ status: 5, stderr: expect.stringContaining("***") })
    expect(get.stderr + run("set", "--increment", "token=s3cr3t-value").stderr).not.toContain("s3cr3t-value")
  })

  it("nor in errors and logs of the library", async () => {
    const { CicdStateMgr } = (await import(resolve("dist/index.js"))) as typeof import("../../src/index.js")
    const warnings: string[] = []
    const log = (message: string) => void warnings.push(message)
    const states = new CicdStateMgr({
      cwd: tempDir(),
      secrets: { cicdstatemgr: { token: "xoxb-SECRET-1" } },
      logger: { error: log, warn: log, info: log, debug: log },
    })
    await states.init("c", { set: ["leak=x"] })
    await states.set("c", ['leak."xoxb-SECRET-1".b=1'])
    const errors = [states.load("xoxb-SECRET-1"), states.render("c", "{{ nope.x }} xoxb-SECRET-1")].map((promise) =>
      promise.then(String, (error) => `${error.message} ${error.excerpt}`),
    )
    expect([...warnings, ...(await Promise.all(errors))].join()).not.toContain("SECRET")
    expect(warnings.join()).toContain("***")
    await states.close()
  })
})

describe("limits and mistakes", () => {
  it("--if-absent does not keep another context", () => {
    const config = "cicdstatemgr: {datasources: {jsonfile: {path: one.json, isPrimary: true}}}\n"
    const folder = tempDir({ "config.yaml": config })
    expect(cli(folder, ["init", "a", "--config", "."]).status).toBe(0)
    expect(cli(folder, ["init", "a", "--config", ".", "--if-absent"]).status).toBe(0)
    expect(cli(folder, ["init", "b", "--config", ".", "--if-absent"])).toMatchObject({ status: 9, stdout: "" })
  })

  it("the flags of 1.x tell the actor as well", () => {
    const { folder, run } = context()
    cli(folder, ["--id", "c", "--set", "state.a=1"], { env: { CICDSTATEMGR_ACTOR: "task-9" } })
    expect(run("history", "c").stdout).toContain("\ttask-9\t")
  })

  it("a config key that is nearly a known one is told of", () => {
    const folder = tempDir({
      "a.yaml": "cicdstatemgr: {datasource: {}}\n",
      "b.yaml": "cicdstatemgr: {slak: {}, datasources: {jsonfile: {path: p.json, isPrimary: true}}}\n",
    })
    expect(cli(folder, ["list", "--config", "a.yaml"])).toMatchObject({
      status: 6,
      stderr: expect.stringContaining('did you mean "datasources"'),
    })
    expect(cli(folder, ["list", "--config", "b.yaml"])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('did you mean "slack"'),
    })
  })

  it("a Redis that is not there ends the command as soon as that is known", () => {
    const config =
      "cicdstatemgr: {datasources: {redis: {host: 127.0.0.1, port: 1, isPrimary: true, timeoutMs: 20000}}}\n"
    const [program, ...first] = COMMAND
    const outcome = spawnSync(program, [...first, "list", "--config", "."], {
      cwd: tempDir({ "config.yaml": config }),
      timeout: 10_000,
      encoding: "utf8",
    })
    expect(outcome).toMatchObject({ status: 7, signal: null })
  })

  it("a number that could not be read again is refused before the commit", () => {
    const { run } = context(`state.n:=${"9".repeat(4300)}`)
    expect(run("set", "--increment", "state.n")).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('"state.n"'),
    })
    expect(run("get", "state.app").stdout).toBe("shop\n")
    const folder = tempDir({ "app.yaml": `cicd-contexts: {stage: {big: 0x${"f".repeat(4000)}}}\n` })
    expect(cli(folder, ["init", "x", "--app-config", "app.yaml"]).status).toBe(8)
    expect(cli(folder, ["list"]).stdout).toBe("")
  })

  it.each([["state.n="], ["state.n[=/x"], ["no-equals"]])(
    "a wrong --result %j shows before anything is changed",
    (result) => {
      const { run } = context()
      expect(run("set", "--increment", "state.n", "--result", result).status).toBeGreaterThan(0)
      expect(run("get", "state.n").status).toBe(4)
    },
  )

  it("init prints the id also when only a result is missing, and says so", () => {
    const outcome = cli(tempDir(), ["init", "y", "--result", "state.nope=f"])
    expect(outcome).toMatchObject({ status: 4, stdout: "y\n", stderr: expect.stringContaining("all else is done") })
  })

  it("takes results and sets in the --name=VALUE form as well, up to the next option", () => {
    const { folder, run } = context()
    const results = ["--result=state.app=a.txt", "state.cicdContextName=b.txt"]
    expect(run("load", "c", ...results, "--set=state.x=1", "state.y=2").status).toBe(0)
    expect(readFileSync(join(folder, "b.txt"), "utf8")).toBe("stage")
    expect(run("get", "state.y").stdout).toBe("2\n")
  })

  it("--no-render gives results of texts that only look like templates", () => {
    const { folder, run } = context("state.msg=use {{ github.ref.name }}")
    expect(run("load", "c", "--result", "state.msg=r").status).toBe(5)
    expect(run("load", "c", "--result", "state.msg=r", "--no-render").status).toBe(0)
    expect(readFileSync(join(folder, "r"), "utf8")).toBe("use {{ github.ref.name }}")
  })

  it("the reason is there though the id holds line breaks", () =>
    expect(context().run("load", "no\nsuch").stderr).toContain('There is no context data "no\\nsuch" in file'))

  it("broken JSON of --set-file is stored as text with a warning", () => {
    const { folder, run } = context()
    writeFileSync(join(folder, "cut.json"), '{"passed": 12, "fail')
    const outcome = run("set", "--set-file", "state.r=cut.json")
    expect(outcome).toMatchObject({ status: 0, stderr: expect.stringMatching(/WARNING.*cut\.json/) })
    expect(run("get", "state.r").stdout).toBe('{"passed": 12, "fail\n')
  })

  it("a float without a JSON form stays a float in a JSON file as primary", () => {
    const { folder, run } = context("state.i:=-Infinity", "state.m:=NaN")
    expect(readFileSync(join(folder, ".cicdstatemgr/contexts/c.json"), "utf8")).toMatch(/"i": -Infinity,\n\s*"m": NaN/)
    expect(run("set", "state.other=1").status).toBe(0)
    // The JSON cache has to say it as text, so another copy is asked.
    expect(run("render", "{{ state.i + 1 }} {{ state.m }}").stdout).toBe("-inf nan\n")
    expect(readFileSync(join(folder, ".cicdstatemgr/cicdContextData.yaml"), "utf8")).toMatch(/i: -\.inf\n\s*m: \.nan/)
  })

  it("--default is printed as it is", () =>
    expect(context().run("get", "state.nope", "--default", "{{ 1 + 1 }}").stdout).toBe("{{ 1 + 1 }}\n"))

  it.each(["loop.yaml", "x".repeat(300), "/dev/zero", "dir/x/y", "."])(
    "a config that cannot be read is exit 6: %s",
    (path) => {
      const { folder, run } = context()
      execFileSync("ln", ["-s", "loop.yaml", join(folder, "loop.yaml")])
      expect(run("list", "--config", path)).toMatchObject({ status: 6, stderr: expect.not.stringContaining("bug") })
    },
  )

  it("a template error names the template and shows the line with a caret", () => {
    const { run } = context("state.t=ok\n  {{ state.nope.deep }}")
    const { status, stderr, stdout } = run("get", "state.t")
    expect({ status, stdout }).toEqual({ status: 5, stdout: "" })
    expect(stderr).toMatch(
      /cicdstatemgr: Cannot render the template state\.t, line 2: UndefinedError: .*'nope'.*\n {2}\{\{ state\.nope\.deep \}\}\n +\^\n$/,
    )
  })
})
