/** kill -9 at random moments while a 1 MB document is written: what was acknowledged is there, and work goes on at once. */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it, onTestFinished } from "vitest"
import { COMMAND, cli, tempDir } from "../support/cli.js"
import { LONG, PRIMARIES } from "./primaries.js"

const KILLS = LONG ? 300 : 20

describe.each(PRIMARIES)("$name: kills", ({ missing, start }) => {
  it.skipIf(missing)(`${KILLS} kills lose no acknowledged update`, { timeout: KILLS * 30_000 }, async () => {
    const folder = tempDir({ "big.txt": "x".repeat(1_000_000) })
    const primary = await start(folder)
    onTestFinished(primary.stop)
    const common = [
      "--id",
      "c",
      "--config",
      join(tempDir({ "config.json": primary.config }), "config.json"),
      "--output-dir",
      "cache",
      "--log-level",
      "error",
    ]
    expect(cli(folder, ["init", "--set-file", "state.big=big.txt", ...common]).status).toBe(0)

    const started = performance.now()
    expect(cli(folder, ["set", "state.acknowledged=0", ...common]).status).toBe(0)
    const usual = performance.now() - started

    let acknowledged = 0
    let killed = 0
    for (let i = 1; i <= KILLS; i++) {
      const inFlight = await setAndKill(
        folder,
        [`state.n=${i}`, `state.all[]=${i}`, ...common],
        Math.random() * usual * 1.2,
      )
      if (inFlight) killed++
      const { n, all, big } = stateOf(folder, common)
      expect(big).toHaveLength(1_000_000)
      if (!inFlight) expect(n).toBe(String(i))
      expect(Number(n ?? 0)).toBeGreaterThanOrEqual(acknowledged)
      expect(all?.at(-1) ?? "0").toBe(n ?? "0")
      expect(new Set(all).size).toBe((all ?? []).length)
      acknowledged = Number(n ?? 0)
    }
    expect(killed).toBeGreaterThan(KILLS / 10)
  })
})

/** Whether the process was killed before it could say that it was done. */
async function setAndKill(folder: string, args: readonly string[], afterMs: number): Promise<boolean> {
  const [program, ...first] = COMMAND
  const child = spawn(program, [...first, "set", ...args], { cwd: folder, stdio: "ignore" })
  const ended = new Promise<number | null>((done) => child.on("exit", done))
  await Promise.race([sleep(afterMs), ended])
  child.kill("SIGKILL")
  return (await ended) !== 0
}

/** Loads from the primary: the caches may be older after a kill, the primary may not. */
function stateOf(folder: string, common: readonly string[]): { n?: string; all?: string[]; big: string } {
  const loaded = cli(folder, ["load", ...common])
  expect(loaded).toMatchObject({ status: 0, stderr: "" })
  return JSON.parse(cli(folder, ["get", "state", "-o", "json", ...common]).stdout)
}
