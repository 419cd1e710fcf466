import { execFileSync, spawn } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { removeTemporaries, replaceFile } from "../../src/stores/atomic-file.js"
import { type Lock, type LockOptions, withLock } from "../../src/stores/file-lock.js"
import { claim, type Holder, highest, isStillHeld, release } from "../../src/stores/lock-generations.js"
import { ownIdentity } from "../../src/stores/lock-holder.js"
import { joinQueue } from "../../src/stores/lock-queue.js"
import { bundle, type Running, type Script, start } from "./child-process.js"

const system = vi.hoisted(() => ({ hasLinks: true, isFull: false }))
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>()
  const fail = (code: string): never => {
    throw Object.assign(new Error(`${code}: refused`), { code })
  }
  const linkSync: typeof fs.linkSync = (from, to) => (system.hasLinks ? fs.linkSync(from, to) : fail("EPERM"))
  // A full disk has room for names, none for text; what was written before the last of it was taken stays.
  const writeFileSync: typeof fs.writeFileSync = (file, data, options) => {
    if (!system.isFull || data === "") return fs.writeFileSync(file, data, options)
    fs.writeFileSync(file, String(data).slice(0, 3), options)
    fail("ENOSPC")
  }
  const writeSync = ((...args: Parameters<typeof fs.writeSync>) =>
    system.isFull ? fail("ENOSPC") : fs.writeSync(...args)) as typeof fs.writeSync
  return { ...fs, linkSync, writeFileSync, writeSync }
})
afterEach(() => {
  system.hasLinks = true
  system.isFull = false
})

let root: string
let path: string
let folder: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "file-lock-"))
  path = join(root, "data.json")
  folder = join(root, ".data.json.lock")
})
afterEach(() => rmSync(root, { recursive: true }))

const lock = <T>(body: () => Promise<T>, options: Partial<LockOptions> = {}) =>
  withLock(path, { code: "STORE_FAILED", guards: [path], ...options }, body)
const done = async () => "done"

/** Makes the lock look as if this process had it. */
function pretendHolder(holder: Partial<Holder>, generation = 1): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, String(generation))
  const whole = { ...ownIdentity(), token: "other", since: "2024-01-01T00:00:00.000Z", leaseMs: 60_000, ...holder }
  writeFileSync(file, `held ${JSON.stringify(whole)}\n`)
  return file
}

describe("withLock", () => {
  it("lets one in at a time and gives what the body returns", async () => {
    let inside = 0
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        lock(async () => {
          expect(++inside).toBe(1)
          await sleep(1)
          inside--
          return i
        }),
      ),
    )
    expect(results).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  it("is free again after the body throws", async () => {
    const failing = lock(() => Promise.reject(new RangeError("no")))
    await expect(failing).rejects.toThrow(RangeError)
    expect(await lock(done, { timeoutMs: 0 })).toBe("done")
  })

  it("keeps generations going up and few files", async () => {
    for (let i = 1; i <= 5; i++) {
      await lock(done)
      expect(highest(folder)).toMatchObject({ generation: i, isFree: true })
    }
    expect(readdirSync(folder).sort()).toEqual(["4", "5"])
  })

  it("removes old temporary files of its own", async () => {
    mkdirSync(folder)
    for (const name of ["new-old", "new-fresh"]) writeFileSync(join(folder, name), "")
    utimesSync(join(folder, "new-old"), 1, 1)
    await lock(done)
    expect(readdirSync(folder).sort()).toEqual(["1", "new-fresh"])
  })

  it("works where there are no links", async () => {
    system.hasLinks = false
    await lockTwentyTimes()
    expect(highest(folder)).toMatchObject({ generation: 20, isFree: true })
  })

  it.each([true, false])("works on a full disk, where it is needed to free space, with links: %s", async (hasLinks) => {
    system.hasLinks = hasLinks
    system.isFull = true
    await lockTwentyTimes()
    expect(highest(folder)).toMatchObject({ generation: 20, isFree: true, holder: undefined })
    expect(readFileSync(join(folder, "20"), "utf8")).toBe("")
    system.isFull = false
    expect(await lock(done, { timeoutMs: 0 })).toBe("done")
  })

  async function lockTwentyTimes() {
    let inside = 0
    const body = async ({ assertHeld }: Lock) => {
      expect(++inside).toBe(1)
      await sleep(1)
      assertHeld()
      inside--
    }
    await Promise.all(Array.from({ length: 20 }, () => withLock(path, { code: "STORE_FAILED", guards: [] }, body)))
  }

  it.each([
    [0o600, 0o700, 0o600],
    [0o640, 0o750, 0o640],
    [0o660, 0o770, 0o660],
    [0o666, 0o777, 0o666],
  ])("can be taken by all who may write a file of mode %o, whatever the umask", async (mode, ofFolder, ofFile) => {
    const old = process.umask(0o077)
    try {
      await lock(done, { mode })
    } finally {
      process.umask(old)
    }
    const modes = [folder, join(folder, "1")].map((name) => statSync(name).mode & 0o777)
    expect(modes).toEqual([ofFolder, ofFile])
  })

  it("is opened up when the mode of its file is, and keeps the group of its folder", async () => {
    chmodSync(root, 0o2770)
    await lock(done)
    await lock(done, { mode: 0o660 })
    expect(statSync(folder).mode & 0o7777).toBe(0o2770)
  })

  it("is refused where its folder is a link", async () => {
    mkdirSync(join(root, "elsewhere"))
    symlinkSync("elsewhere", folder)
    await expect(lock(done)).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining(`"${folder}" is a symbolic link`),
    })
    expect(readdirSync(join(root, "elsewhere"))).toEqual([])
  })

  it.each<[string, (file: string) => void]>([
    ["a link", (file) => symlinkSync("/dev/zero", file)],
    ["a pipe", (file) => execFileSync("mkfifo", [file])],
  ])("does not read %s that somebody put in its folder", async (_, prepare) => {
    mkdirSync(folder)
    prepare(join(folder, "7"))
    await expect(lock(done)).rejects.toMatchObject({
      message: expect.stringMatching(/symbolic link|not a regular file/),
    })
  })

  it.each(["STORE_FAILED", "CACHE_FAILED"] as const)("fails with %s where the folder cannot be made", async (code) => {
    writeFileSync(path, "")
    const failing = withLock(join(path, "below"), { code, guards: [] }, done)
    await expect(failing).rejects.toMatchObject({ code, message: expect.stringMatching(/data\.json.*ENOTDIR/) })
  })
})

describe("a claim", () => {
  const holder = (): Holder => ({ ...ownIdentity(), token: "mine", since: "2024-01-01T00:00:00.000Z", leaseMs: 1000 })

  it("of a generation that is there fails", async () => {
    await lock(done)
    expect(claim(folder, 1, holder(), 0o600)).toBeUndefined()
  })

  it("of a generation that was removed long ago is given up", async () => {
    for (let i = 0; i < 3; i++) await lock(done)
    expect(claim(folder, 1, holder(), 0o600)).toBeUndefined()
    expect(readdirSync(folder).sort()).toEqual(["2", "3"])
  })
})

describe("a holder in another process", () => {
  let script: Script
  const running: Running[] = []
  beforeAll(async () => {
    script = await bundle(`
      import { withLock } from "./src/stores/file-lock.ts"
      withLock(process.argv[2], { code: "STORE_FAILED", guards: [] }, () => {
        console.log(process.pid)
        return new Promise((resolve) => setTimeout(resolve, 60_000))
      })
    `)
  })
  afterAll(() => script.remove())
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill("SIGKILL")
      await ended
    }
  })

  async function startHolder(): Promise<Running> {
    const holder = start(script, [path])
    running.push(holder)
    await holder.firstLine
    return holder
  }

  it("keeps others out until it is killed, then nobody waits for it", async () => {
    const { child, ended } = await startHolder()
    const refused = lock(done, { timeoutMs: 50 })
    await expect(refused).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining(`process ${child.pid} `),
      hint: expect.stringContaining(folder),
    })
    child.kill("SIGKILL")
    await ended
    expect(await lock(done, { timeoutMs: 0 })).toBe("done")
  })

  it("is waited for no longer than the timeout when it is stopped, whatever its lease", async () => {
    const { child } = await startHolder()
    child.kill("SIGSTOP")
    await expect(lock(done, { timeoutMs: 50, leaseMs: 1 })).rejects.toMatchObject({ code: "STORE_FAILED" })
  })

  it.runIf(process.platform === "linux")("counts as dead when it is a zombie", async () => {
    // The shell becomes a process that never looks after its child.
    const parent = spawn("sh", ["-c", `"$1" "$2" "$3" & exec sleep 60`, "sh", process.execPath, script.path, path])
    try {
      const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (line) => resolve(Number(line))))
      process.kill(pid, "SIGKILL")
      await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toMatch(/\) Z /))
      expect(await lock(done, { timeoutMs: 0 })).toBe("done")
    } finally {
      parent.kill("SIGKILL")
    }
  })
})

describe("a holder that cannot be seen", () => {
  const abroad = { pidNamespace: "pid:[1]", pid: process.pid }

  it.runIf(process.platform === "linux")("is dead when its pid is that of a later process", async () => {
    pretendHolder({ start: "1" })
    expect(await lock(done, { timeoutMs: 0 })).toBe("done")
  })

  it.each<[string, Partial<Holder>]>([
    ["in another PID namespace", abroad],
    ["on another host", { host: "elsewhere" }],
    ["of an earlier boot", { boot: "earlier" }],
  ])("%s is waited for until its lease has lapsed", async (_, holder) => {
    pretendHolder({ ...holder, leaseMs: 100 })
    expect(await lock(done)).toBe("done")
    expect(highest(folder).generation).toBe(2)
  })

  it("on a full disk loses the lock to one who finds no sign of life, and notices", async () => {
    mkdirSync(folder)
    system.isFull = true
    const file = (generation: number) => join(folder, String(generation))
    const held = claim(folder, 1, { ...ownIdentity(), token: "mine", since: "", leaseMs: 50 }, 0o600)
    if (!held) throw new Error("the lock is not free")
    expect(isStillHeld(held)).toBe(true)
    expect(await lock(done, { leaseMs: 50 })).toBe("done")
    expect(isStillHeld(held)).toBe(false)
    // Nor is a file its own that another process made under its number.
    rmSync(file(2))
    writeFileSync(join(root, "other"), "")
    renameSync(join(root, "other"), file(1))
    expect(isStillHeld(held)).toBe(false)
    release(held)
  })

  it("keeps the lock as long as it gives signs of life", async () => {
    const file = pretendHolder({ ...abroad, leaseMs: 400 })
    let tick = 0
    const renewal = setInterval(() => utimesSync(file, ++tick, tick), 10)
    try {
      await expect(lock(done, { timeoutMs: 1000 })).rejects.toMatchObject({ code: "STORE_FAILED" })
      expect(tick).toBeGreaterThan(1)
    } finally {
      clearInterval(renewal)
    }
  })

  it.each(["", "held {", "held {}", "\0\0\0\0"])("is given a lease when its file says %j", async (text) => {
    mkdirSync(folder)
    writeFileSync(join(folder, "7"), text)
    await expect(lock(done, { timeoutMs: 50 })).rejects.toMatchObject({ message: expect.stringContaining("not known") })
    expect(await lock(done, { leaseMs: 50 })).toBe("done")
    expect(highest(folder).generation).toBe(8)
  })

  it("shows signs of life itself", async () => {
    await lock(
      async () => {
        const before = highest(folder).stamp
        await vi.waitFor(() => expect(highest(folder).stamp).not.toBe(before), { timeout: 10_000 })
      },
      { leaseMs: 30 },
    )
  })
})

describe("a lost lock", () => {
  const takeOver = () => pretendHolder({ start: "1" }, highest(folder).generation + 1)

  it("starts the body over", async () => {
    let runs = 0
    const result = await withLock(path, { code: "STORE_FAILED", guards: [] }, async ({ assertHeld }) => {
      if (++runs === 1) takeOver()
      assertHeld()
      return runs
    })
    expect(result).toBe(2)
  })

  it("is noticed when another token stands in its place", async () => {
    let runs = 0
    await withLock(path, { code: "STORE_FAILED", guards: [] }, async ({ assertHeld }) => {
      if (++runs === 1) pretendHolder({ start: "1" }, 1)
      assertHeld()
    })
    expect(runs).toBe(2)
  })

  it("replaces nothing even when it is lost between the check and the rename", async () => {
    let runs = 0
    await withLock(path, { code: "STORE_FAILED", guards: [path] }, async ({ assertHeld }) => {
      const run = ++runs
      const beforeRename = () => {
        assertHeld()
        if (run > 1 || highest(folder).generation > 1) return
        // What the next holder does with a process that was stopped right here.
        takeOver()
        removeTemporaries(path)
        writeFileSync(path, "of the next holder")
      }
      if (run === 2) expect(readFileSync(path, "utf8")).toBe("of the next holder")
      replaceFile(path, `run ${run}`, { code: "STORE_FAILED", beforeRename })
    })
    expect(readFileSync(path, "utf8")).toBe("run 2")
  })

  it("leaves no temporary files of a killed holder, and those of other files alone", async () => {
    pretendHolder({ start: "1" })
    const others = [".data.json.x.abc1.tmp", ".other.abc1.tmp", "data.json.abc1.tmp", ".data.json.tmp"]
    for (const name of [".data.json.abc1.tmp", ...others]) writeFileSync(join(root, name), "")
    await lock(done)
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual(others.sort())
  })
})

describe("the queue", () => {
  beforeEach(() => mkdirSync(folder))
  const ticket = (time: number) => join(folder, `wait-${String(time).padStart(15, "0")}-other`)

  it("counts those who came before and live", () => {
    const place = joinQueue(folder)
    for (const time of [1, 2, 3]) writeFileSync(ticket(time), "")
    writeFileSync(ticket(1e14), "")
    utimesSync(ticket(1), 1, 1)
    expect(place.ahead(readdirSync(folder))).toBe(2)
    expect(existsSync(ticket(1))).toBe(false)
    expect(place.ahead(["1", "new-x"])).toBe(0)
  })

  it("is left by those who have the lock or give up", async () => {
    pretendHolder({})
    await expect(lock(done, { timeoutMs: 20 })).rejects.toMatchObject({ code: "STORE_FAILED" })
    expect(readdirSync(folder)).toEqual(["1"])
  })
})
