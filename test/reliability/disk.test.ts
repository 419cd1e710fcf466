/** Disks that are full, read-only or somebody else's, folders that vanish: exit status, message, and nothing lost. */
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it, onTestFinished } from "vitest"
import { CLI, COMMAND, cli, cliAsync, tempDir } from "../support/cli.js"

const isRoot = process.getuid?.() === 0
const rootMissing = isRoot ? "" : " (skipped: needs root)"
const mountMissing = canMount() ? "" : " (skipped: a tmpfs cannot be mounted, which needs root)"
// Any id does: no such user needs to exist.
const STRANGER = 54_001

const config = (primary: string) =>
  JSON.stringify({ cicdstatemgr: { datasources: { jsonfile: { path: `${primary}/{id}.json`, isPrimary: true } } } })
const options = (caches: string) => ["--config", "config.json", "--output-dir", caches, "--log-level", "error"]

function canMount(): boolean {
  const works = isRoot && spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0
  return works && process.platform === "linux"
}

const mount = (...args: string[]) => expect(spawnSync("mount", args, { encoding: "utf8" })).toMatchObject({ status: 0 })

/** A file system of its own of 2 MB. */
function smallDisk(): string {
  const disk = join(tempDir(), "disk")
  mkdirSync(disk)
  mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", disk)
  onTestFinished(() => void spawnSync("umount", ["-l", disk]))
  return disk
}

function fill(disk: string): void {
  // Whole pages first, then what is left of the last ones.
  for (const size of [65_536, 4096, 1]) {
    for (let i = 0; isRoomFor(join(disk, `fill-${size}-${i}`), size); i++) {}
  }
}

function isRoomFor(path: string, size: number): boolean {
  try {
    writeFileSync(path, "x".repeat(size))
    return true
  } catch (error) {
    rmSync(path, { force: true })
    expect(error).toMatchObject({ code: "ENOSPC" })
    return false
  }
}

const free = (disk: string) => {
  for (const name of readdirSync(disk)) if (name.startsWith("fill-")) rmSync(join(disk, name))
}

describe.skipIf(mountMissing)(`a full disk${mountMissing}`, () => {
  it("refuses a commit, keeps the document, and takes a delete that makes room", { timeout: 60_000 }, () => {
    const disk = smallDisk()
    const folder = tempDir({ "config.json": config(disk), "big.txt": "x".repeat(100_000) })
    const run = (...args: string[]) => cli(folder, [...args, ...options("caches")])
    for (const id of ["c", "other"]) expect(run("init", id, "--set-file", "state.big=big.txt").status).toBe(0)
    fill(disk)
    expect(run("set", "--id", "c", "state.n=1")).toMatchObject({
      status: 7,
      stderr: expect.stringMatching(
        /^cicdstatemgr: Could not (write|lock) file ".*": ENOSPC: no space left on device \(Free some space .*\)\n$/,
      ),
    })
    expect(run("load", "c")).toMatchObject({ status: 0, stderr: "" })
    expect(run("get", "state.big", "--id", "c").stdout).toBe(`${"x".repeat(100_000)}\n`)
    expect(run("delete", "other")).toMatchObject({ status: 0, stderr: "" })
    expect(run("set", "--id", "c", "state.n=2")).toMatchObject({ status: 0, stderr: "" })
    free(disk)
    expect(readdirSync(disk).filter((name) => name.endsWith(".tmp"))).toEqual([])
    expect(run("get", "state.n", "--id", "c", "--refresh").stdout).toBe("2\n")
  })

  it("of the caches does not undo a commit, which says so", { timeout: 60_000 }, () => {
    const disk = smallDisk()
    const folder = tempDir({ "config.json": config("primary"), "big.txt": "x".repeat(100_000) })
    const run = (...args: string[]) => cli(folder, [...args, "--id", "c", ...options(disk)])
    expect(run("init", "--set-file", "state.big=big.txt").status).toBe(0)
    fill(disk)
    expect(run("set", "state.n=1")).toMatchObject({
      status: 7,
      stderr: expect.stringMatching(
        /^cicdstatemgr: The state is saved in the primary, but not in these caches: .*ENOSPC/,
      ),
    })
    free(disk)
    expect(run("load")).toMatchObject({ status: 0, stderr: "" })
    expect(run("get", "state.n").stdout).toBe("1\n")
  })
})

describe.skipIf(mountMissing)(`a read-only file system${mountMissing}`, () => {
  it("is named, and how to go elsewhere; what is there can be read", { timeout: 60_000 }, () => {
    const disk = smallDisk()
    const run = (...args: string[]) => cli(disk, [...args, "--log-level", "error"])
    expect(run("init", "c", "state.n=1").status).toBe(0)
    mount("-o", "remount,ro", disk)
    for (const command of [
      ["init", "x"],
      ["set", "--id", "c", "state.n=2"],
      ["delete", "c"],
    ]) {
      expect(run(...command)).toMatchObject({
        status: 7,
        stderr: expect.stringMatching(/^cicdstatemgr: .*EROFS: read-only file system \(.*--config.*\)\n$/),
      })
    }
    expect(run("get", "state.n", "--id", "c")).toMatchObject({ status: 0, stdout: "1\n", stderr: "" })
    expect(run("load", "c")).toMatchObject({ status: 7, stderr: expect.stringContaining("not in these caches") })
  })
})

describe.skipIf(!isRoot)(`another user${rootMissing}`, () => {
  /** The command line as a user who may not read this repository. */
  function asStranger(folder: string, ...args: string[]) {
    const [program, ...first] = COMMAND
    const copy = join(tempDir(), "cli")
    copyFileSync(CLI, copy)
    for (const path of [copy, join(copy, ".."), folder]) chmodSync(path, 0o755)
    const command = [program, ...first].map((word) => (word === CLI ? copy : word))
    const env = { PATH: process.env.PATH, HOME: "/nonexistent" }
    const user = { uid: STRANGER, gid: STRANGER, cwd: folder, env, encoding: "utf8" } as const
    return spawnSync(command[0]!, [...command.slice(1), ...args, ...options("caches")], user)
  }

  it("may write neither folder nor primary, and is told", { timeout: 60_000 }, () => {
    const folder = tempDir({ "config.json": config("primary") })
    expect(cli(folder, ["init", "c", "state.n=1", ...options("caches")]).status).toBe(0)
    const hint = "(Check the permissions of the file and of its folder, and the user the command runs as.)"
    for (const args of [
      ["init", "x"],
      ["set", "--id", "c", "state.n=2"],
      ["load", "c"],
    ]) {
      expect(asStranger(folder, ...args)).toMatchObject({
        status: 7,
        stderr: expect.stringMatching(/^cicdstatemgr: Could not [^\n]*EACCES: permission denied/),
      })
      expect(asStranger(folder, ...args).stderr).toContain(hint)
    }
    expect(cli(folder, ["get", "state.n", "--id", "c", ...options("fresh")]).stdout).toBe("1\n")
  })

  it("saves the state though the caches are not theirs, and reads past them", { timeout: 60_000 }, () => {
    const folder = tempDir({ "config.json": config("primary") })
    mkdirSync(join(folder, "primary"))
    chmodSync(join(folder, "primary"), 0o777)
    expect(asStranger(folder, "init", "c", "state.n=1")).toMatchObject({ status: 7 })
    expect(cli(folder, ["load", "c", ...options("caches")])).toMatchObject({ status: 0, stderr: "" })
    const set = asStranger(folder, "set", "--id", "c", "state.n=2")
    expect(set.stderr).toMatch(/^cicdstatemgr: The state is saved in the primary, but not in these caches: .*EACCES/)
    expect(set.status).toBe(7)
    // Of the caches none may be read: the primary is asked.
    expect(asStranger(folder, "get", "state.n", "--id", "c")).toMatchObject({ status: 0, stdout: "2\n" })
    expect(readFileSync(join(folder, "caches/cicdContextData.json"), "utf8")).toContain('"n": "1"')
    expect(cli(folder, ["load", "c", ...options("caches")])).toMatchObject({ status: 0, stderr: "" })
    expect(cli(folder, ["get", "state.n", "--id", "c", ...options("caches")]).stdout).toBe("2\n")
  })
})

it("folders of caches that are removed meanwhile lose nothing of the primary", { timeout: 60_000 }, async () => {
  const folder = tempDir({ "config.json": config("primary") })
  const common = ["--id", "c", ...options("caches")]
  expect(cli(folder, ["init", ...common]).status).toBe(0)
  let working = 20
  const writers = Array.from({ length: working }, async (_, i) => {
    const outcome = await cliAsync(folder, ["set", `state.list[]=${i}`, ...common])
    working--
    return outcome
  })
  while (working > 0) {
    // It may be filled while it is emptied; then it goes the next time.
    spawnSync("rm", ["-rf", join(folder, "caches")], { stdio: "ignore" })
    await sleep(5)
  }
  for (const { status, stderr } of await Promise.all(writers)) {
    if (status !== 0)
      expect({ status, stderr }).toMatchObject({ status: 7, stderr: expect.stringContaining("The state is saved") })
  }
  expect(cli(folder, ["load", ...common])).toMatchObject({ status: 0, stderr: "" })
  const { stdout } = cli(folder, ["get", "state.list", "-o", "json", ...common])
  expect(
    JSON.parse(stdout)
      .map(Number)
      .sort((a: number, b: number) => a - b),
  ).toEqual(Array.from({ length: 20 }, (_, i) => i))
})

it("a primary that is removed is a context that is not there", () => {
  const folder = tempDir({ "config.json": config("primary") })
  const run = (...args: string[]) => cli(folder, [...args, "--id", "c", ...options("caches")])
  expect(run("init").status).toBe(0)
  rmSync(join(folder, "primary"), { recursive: true })
  expect(run("set", "state.n=1")).toMatchObject({
    status: 4,
    stderr: expect.stringContaining("There is no context data"),
  })
  expect(existsSync(join(folder, "primary"))).toBe(false)
})
