/** Locks of writers that were killed, here and in another PID namespace, and clocks that go wrong. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { bundle, type Script } from "../stores/child-process.js"
import { cli, cliAsync, tempDir } from "../support/cli.js"

const works = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: "ignore" }).status === 0
const namespaceMissing = works("unshare", "--pid", "--fork", "--kill-child", "true")
  ? undefined
  : "skipped: a PID namespace cannot be made (needs Linux, unshare and root)"
// Its library alone: the program runs what it is given as a child, which a kill would leave behind.
const faketime = spawnSync("faketime", ["-1 day", "printenv", "LD_PRELOAD"], { encoding: "utf8" }).stdout?.trim()
const faketimeMissing = faketime ? undefined : "skipped: faketime is not installed (Debian package faketime)"

const clockAt = (shift: string) => ({ LD_PRELOAD: faketime, FAKETIME: shift })

const CONFIG = { cicdstatemgr: { datasources: { jsonfile: { path: "primary/{id}.json", isPrimary: true } } } }
const COMMON = ["--id", "c", "--config", "config.json", "--output-dir", "caches", "--log-level", "error"]

function context(): string {
  const folder = tempDir({ "config.json": JSON.stringify(CONFIG) })
  expect(cli(folder, ["init", "state.list[]=first", ...COMMON])).toMatchObject({ status: 0, stderr: "" })
  return folder
}

const stateOf = (folder: string) => {
  const { stdout } = cli(folder, ["load", "--result", "$=state.json", "--max-result-bytes", "100000", ...COMMON])
  expect(stdout).toBe("")
  return JSON.parse(readFileSync(join(folder, "state.json"), "utf8")).state
}

describe("the lock of a writer that was killed", () => {
  let script: Script
  beforeAll(async () => {
    script = await bundle(`
      import { appendFileSync } from "node:fs"
      import { jsonPrimaryFormat } from "./src/core/formats/json.ts"
      import { fileStore } from "./src/stores/file-store.ts"
      import { change } from "./test/stores/changes.ts"
      const store = fileStore({ path: process.argv[2] + "/primary/{id}.json", format: jsonPrimaryFormat })
      const apply = (document) => {
        console.log("in the midst of it")
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
        return document
      }
      store.commit("c", change({ apply }))
    `)
  })
  afterAll(() => script.remove())

  /** Starts a writer, and kills it while it holds the lock. */
  async function killHolder(folder: string, { before = [], env = {} }: Circumstances = {}): Promise<void> {
    const [program = "", ...args] = [...before, process.execPath, script.path, folder]
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } })
    onTestFinished(() => void child.kill("SIGKILL"))
    await firstOutput(child)
    const ended = new Promise((done) => child.once("exit", done))
    child.kill("SIGKILL")
    await ended
  }

  it("is taken over at once on the same machine", async () => {
    const folder = context()
    await killHolder(folder)
    expect(heldBy(folder)).toContain("held")
    expect(cli(folder, ["set", "state.list[]=second", ...COMMON])).toMatchObject({ status: 0, stderr: "" })
    expect(stateOf(folder).list).toEqual(["first", "second"])
  })

  const ABROAD = ["unshare", "--pid", "--fork", "--kill-child"]
  const missing = namespaceMissing ?? faketimeMissing
  it.skipIf(missing)(
    `is taken over after its lease when it comes from another PID namespace, whatever its clock${missing ? ` (${missing})` : ""}`,
    { timeout: 60_000 },
    async () => {
      const clocks = [{}, clockAt("+1d"), clockAt("-1d")]
      const folders = clocks.map(() => context())
      await Promise.all(clocks.map((env, i) => killHolder(folders[i]!, { before: ABROAD, env })))
      for (const folder of folders) expect(heldBy(folder)).toContain("held")
      const writes = folders.map((folder) => cliAsync(folder, ["set", "state.list[]=second", ...COMMON]))
      for (const outcome of await Promise.all(writes)) expect(outcome).toMatchObject({ status: 0, stderr: "" })
      for (const folder of folders) expect(stateOf(folder).list).toEqual(["first", "second"])
    },
  )
})

interface Circumstances {
  /** A program that runs it, with its arguments. */
  readonly before?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** The text of the newest generation of the primary's lock. */
function heldBy(folder: string): string {
  const lock = join(folder, "primary/.c.json.lock")
  const generations = readdirSync(lock).filter((name) => /^\d+$/.test(name))
  return readFileSync(join(lock, String(Math.max(...generations.map(Number)))), "utf8")
}

const firstOutput = ({ stdout }: ChildProcess) => new Promise((done) => stdout?.once("data", done))

it.skipIf(faketimeMissing)(
  `clocks that jump by years take nothing back${faketimeMissing ? ` (${faketimeMissing})` : ""}`,
  { timeout: 60_000 },
  () => {
    const folder = context()
    const at = (shift: string, ...args: string[]) => cli(folder, [...args, ...COMMON], { env: clockAt(shift) })
    for (const [i, clock] of ["+3y", "-3y", "+1d", "-1h"].entries()) {
      expect(at(clock, "set", `state.list[]=${i}`, "--increment", "state.n")).toMatchObject({ status: 0, stderr: "" })
      // The cache has it too, read by whom the clock tells another time.
      expect(cli(folder, ["get", "state.n", ...COMMON]).stdout).toBe(`${i + 1}\n`)
    }
    expect(stateOf(folder)).toMatchObject({ list: ["first", "0", "1", "2", "3"], n: 4 })
    const history = JSON.parse(cli(folder, ["history", "-o", "json", ...COMMON]).stdout) as {
      revision: number
      time: string
    }[]
    expect(history.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5])
    // They did jump.
    const times = history.map(({ time }) => time)
    expect(times[1]! > times[4]! && times[4]! > times[2]!).toBe(true)
  },
)
