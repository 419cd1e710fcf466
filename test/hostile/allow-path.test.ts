/** Where files may be that a command line names: the working folder, and what `--allow-path` names. */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { describe, expect, it } from "vitest"
import { cli, SHELL_FUNCTION, tempDir } from "../support/cli.js"

const APP = "bases: [base.yaml]\ncicd-contexts: {stage: {own: 1}}\n"
const BASE = "cicd-contexts: {stage: {fromBase: 2}}\n"

/** A working folder, `work`, with another one beside it, and links between the two. */
function folders() {
  const folder = tempDir({
    "work/app.yaml": APP,
    "work/escape.yaml": "bases: [../../outside/base.yaml]\ncicd-contexts: {stage: {}}\n",
    "work/linked.yaml": "bases: [link.yaml]\ncicd-contexts: {stage: {}}\n",
    "work/bases/base.yaml": BASE,
    "work/inside.txt": "inside",
    "outside/base.yaml": BASE,
    "outside/value.txt": "outside",
    "outside-too/value.txt": "too",
  })
  const work = join(folder, "work")
  symlinkSync("../outside", join(work, "link"))
  symlinkSync("../outside/value.txt", join(work, "link.txt"))
  symlinkSync("../../outside/base.yaml", join(work, "bases/link.yaml"))
  symlinkSync("inside.txt", join(work, "fine.txt"))
  const env = { CICDSTATEMGR_CONTEXT_DATA_ID: "c" }
  const run = (...args: string[]) => cli(work, args, { env })
  const init = (app: string, bases: string, ...more: string[]) =>
    run("init", "c", "--app-config", app, "--bases-dir", bases, ...more)
  return { folder, work, run, init }
}

const REFUSED = { status: 6, stdout: "", stderr: expect.stringMatching(/outside of.*--allow-path/) }

describe("a base that is a named pipe", () => {
  it("is refused, and not waited for", () => {
    const { work, init } = folders()
    execFileSync("mkfifo", [join(work, "bases/base.yaml.pipe")])
    writeFileSync(join(work, "app.yaml"), "bases: [base.yaml.pipe]\ncicd-contexts: {stage: {}}\n")
    const outcome = init("app.yaml", "bases")
    expect(outcome).toMatchObject({ status: 6, stderr: expect.stringContaining('"base.yaml.pipe" is no regular file') })
  })
})

describe("--set-file", () => {
  it.each([
    "../outside/value.txt",
    "link/value.txt",
    "link.txt",
    "../outside-too/value.txt",
    "../nothing-here.txt",
    "/etc/hostname",
    "/proc/self/environ",
    "bases/../../outside/value.txt",
  ])("%s is refused, with what to do", (file) => {
    const { run } = folders()
    run("init", "c")
    const outcome = run("set", "--set-file", `state.v=${file}`)
    expect(outcome).toMatchObject(REFUSED)
    expect(outcome.stderr).toContain(file)
    expect(run("get", "state.v").status).toBe(4)
  })

  it.each([
    ["../outside/value.txt", "../outside"],
    ["link.txt", "../outside"],
    ["link/value.txt", "../outside/value.txt"],
    ["../outside/value.txt", "link"],
    ["../outside/value.txt", "/"],
  ])("%s is read with --allow-path %s", (file, allowed) => {
    const { run } = folders()
    expect(run("init", "c", "--allow-path", allowed, "--set-file", `state.v=${file}`).status).toBe(0)
    expect(run("get", "state.v").stdout).toBe("outside\n")
  })

  it("each of several allowed paths counts, and no other that begins alike", () => {
    const { folder, run } = folders()
    const files = ["--set-file", "state.a=../outside/value.txt", "state.b=../outside-too/value.txt"]
    expect(run("init", "c", "--allow-path", "../outside", ...files)).toMatchObject(REFUSED)
    expect(run("init", "c", "--allow-path", "../outside", join(folder, "outside-too"), ...files).status).toBe(0)
    expect(run("set", "--allow-path=../outside", "--allow-path=../outside-too", ...files).status).toBe(0)
  })

  it.each(["load", "set", "handle-event"])("%s keeps to it as init does", (command) => {
    const { run } = folders()
    run("init", "c")
    const args = { load: ["c"], set: [], "handle-event": ["a=b"] }[command]!
    expect(run(command, ...args, "--set-file", "state.v=link.txt")).toMatchObject(REFUSED)
  })

  it("files inside, links within, standard input and pipes of the shell are fine", () => {
    const { work, run } = folders()
    run("init", "c")
    expect(run("set", "--set-file", "state.a=fine.txt", `state.b=${join(work, "inside.txt")}`).status).toBe(0)
    const script = `${SHELL_FUNCTION}
      cicdstatemgr set --id c --set-file state.c=- < ../outside/value.txt && cicdstatemgr set --id c --set-file state.d=<(echo pipe)`
    expect(spawnSync("bash", ["--norc", "-c", script], { cwd: work }).status).toBe(0)
    expect(run("get", "state.(a|b|c|d)").stdout).toBe('["inside", "inside", "outside", "pipe"]\n')
  })

  it("a file that another process opened is no way around it", () => {
    const { work, run } = folders()
    run("init", "c")
    const script = `${SHELL_FUNCTION}\ncicdstatemgr set --id c --set-file state.c=/dev/fd/7 7< ../outside/value.txt`
    expect(spawnSync("bash", ["--norc", "-c", script], { cwd: work, encoding: "utf8" })).toMatchObject(REFUSED)
  })

  it("a working folder that is reached by a link is the folder it leads to", () => {
    const { folder, run, work } = folders()
    run("init", "c")
    symlinkSync("work", join(folder, "door"))
    const script = `${SHELL_FUNCTION}\ncd "${folder}/door" && cicdstatemgr set --id c --set-file "state.v=$PWD/inside.txt"`
    expect(spawnSync("bash", ["--norc", "-c", script], { cwd: work }).status).toBe(0)
  })

  it("a pipe with a name outside is not waited for", () => {
    const { folder, run } = folders()
    run("init", "c")
    execFileSync("mkfifo", [join(folder, "outside/fifo")])
    expect(run("set", "--set-file", "state.v=link/fifo")).toMatchObject(REFUSED)
  })
})

describe("bases", () => {
  it.each([
    ["app.yaml", "../outside"],
    ["app.yaml", "link"],
    ["escape.yaml", "bases"],
    ["linked.yaml", "bases"],
  ])("%s with %s is refused, and works with --allow-path", (app, bases) => {
    const { init, run } = folders()
    expect(init(app, bases)).toMatchObject(REFUSED)
    expect(init(app, bases, "--allow-path", "../outside").status).toBe(0)
    expect(run("get", "fromBase").stdout).toBe("2\n")
  })

  it("what an app file names beside the folder of bases is refused, though it is in the working folder", () => {
    const { init, work } = folders()
    mkdirSync(join(work, "deeper"))
    expect(init("app.yaml", "bases").status).toBe(0)
    expect(init("escape.yaml", "deeper", "--overwrite")).toMatchObject(REFUSED)
  })

  it("doctor says so too", () => {
    const { run } = folders()
    const doctor = (...more: string[]) =>
      run("doctor", "--app-config", "app.yaml", "--bases-dir", "../outside", ...more)
    expect(doctor()).toMatchObject({ status: 6, stdout: expect.stringMatching(/outside of.*--allow-path/) })
    expect(doctor("--allow-path", "../outside").status).toBe(0)
  })
})

describe("the option", () => {
  it("takes nothing that is not there: it would be a positional that was meant for something else", () => {
    const { run } = folders()
    const outcome = run("init", "c", "--allow-path", "../outside", "state.a=1")
    expect(outcome).toMatchObject({ status: 2, stderr: expect.stringContaining('"state.a=1"') })
    expect(run("init", "c", "--allow-path=", "--allow-path", "../outside", "--", "state.a=1").status).toBe(0)
    expect(run("get", "state.a").stdout).toBe("1\n")
  })

  it("the flags of 1.x know no such bound", () => {
    const { run } = folders()
    const legacy = ["--init-new", "c", "--init-app-config-file", "app.yaml", "--init-bases-dir", "../outside"]
    expect(run(...legacy, "--set", "state.v=file://../outside/value.txt").status).toBe(0)
    expect(run("get", "state.v").stdout).toBe("outside\n")
    expect(run(...legacy, "--allow-path", "/").status).toBe(2)
  })

  it("the library keeps bases in only if it is told to", async () => {
    const { CicdStateMgr } = (await import(resolve("dist/index.js"))) as typeof import("../../src/index.js")
    const { work } = folders()
    const states = new CicdStateMgr({ cwd: work })
    const init = (id: string, more: object) =>
      states.init(id, { appConfig: "app.yaml", basesDir: "../outside", ...more })
    await expect(init("a", { allowPaths: [] })).rejects.toMatchObject({ code: "INPUT_INVALID" })
    expect((await init("a", { allowPaths: ["../outside"] })).document.get("fromBase")).toBe(2n)
    expect((await init("b", {})).document.get("fromBase")).toBe(2n)
    await states.close()
  })
})
