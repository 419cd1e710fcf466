/** Many processes write one context at once: nothing is lost, and no reader of a shared cache sees what is not so. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { cli, cliAsync, tempDir } from "../support/cli.js"
import { LONG, PRIMARIES } from "./primaries.js"

const WRITERS = LONG ? 200 : 50
const TIMEOUT = LONG ? 600_000 : 120_000

describe.each(PRIMARIES)("$name: writers", ({ missing, start }) => {
  async function context() {
    const folder = tempDir()
    const primary = await start(folder)
    onTestFinished(primary.stop)
    const base = ["--config", join(tempDir({ "config.json": primary.config }), "config.json"), "--log-level", "error"]
    for (const id of ["c", "other"]) expect(cli(folder, ["init", id, "--output-dir", "shared", ...base]).status).toBe(0)
    const write = (i: number, output: string, id = "c") =>
      cliAsync(folder, ["set", "--id", id, "--output-dir", output, `state.k${i}=v${i}`, `state.list[]=${i}`, ...base])
    const newest = (output: string) => {
      const { stdout } = cli(folder, ["get", "$", "-o", "json", "--id", "c", "--output-dir", output, ...base])
      return JSON.parse(stdout).state as Record<string, unknown> & { list: string[] }
    }
    return { folder, base, write, newest }
  }

  function expectAll({ list, ...state }: Record<string, unknown> & { list: string[] }) {
    expect([...list].sort()).toEqual(Array.from({ length: WRITERS }, (_, i) => String(i)).sort())
    for (let i = 0; i < WRITERS; i++) expect(state[`k${i}`]).toBe(`v${i}`)
  }

  it.skipIf(missing)(`${WRITERS} processes with their own caches lose nothing`, { timeout: TIMEOUT }, async () => {
    const { write, newest } = await context()
    const outcomes = await Promise.all(Array.from({ length: WRITERS }, (_, i) => write(i, `cache-${i}`)))
    expect(outcomes.filter(({ status }) => status !== 0)).toEqual([])
    expectAll(newest("fresh"))
  })

  it.skipIf(missing)(`${WRITERS} processes share a cache folder with a reader`, { timeout: TIMEOUT }, async () => {
    const { folder, base, write, newest } = await context()
    const writers = Promise.all(Array.from({ length: WRITERS }, (_, i) => write(i, "shared")))
    let done = false
    void writers.then(() => {
      done = true
    })
    let items = 0
    let looks = 0
    while (!done) {
      // The file itself is always whole ...
      const text = readFileSync(join(folder, "shared/cicdContextData.json"), "utf8")
      expect(["c", "other"]).toContain(JSON.parse(text).state.cicdContextDataId)
      // ... and what a reader is told is of its own context, and never older than what it was told before.
      const read = await cliAsync(folder, [
        "get",
        "state",
        "-o",
        "json",
        "--id",
        "c",
        "--output-dir",
        "shared",
        ...base,
      ])
      const state = JSON.parse(read.stdout)
      expect(state.cicdContextDataId).toBe("c")
      const count = (state.list ?? []).length
      expect(count).toBeGreaterThanOrEqual(items)
      items = count
      looks++
    }
    expect((await writers).filter(({ status }) => status !== 0)).toEqual([])
    expect(looks).toBeGreaterThan(0)
    expectAll(newest("shared"))
    expectAll(newest("fresh"))
  })

  it.skipIf(missing)("two contexts share a cache folder", { timeout: TIMEOUT }, async () => {
    const { folder, base, write } = await context()
    const each = WRITERS / 5
    const outcomes = await Promise.all(
      Array.from({ length: each * 2 }, (_, i) => write(i, "shared", i % 2 ? "c" : "other")),
    )
    expect(outcomes.filter(({ status }) => status !== 0)).toEqual([])
    for (const id of ["c", "other", "c"]) {
      const { stdout } = cli(folder, ["get", "state", "-o", "json", "--id", id, "--output-dir", "shared", ...base])
      expect(JSON.parse(stdout)).toMatchObject({ cicdContextDataId: id })
      expect(JSON.parse(stdout).list).toHaveLength(each)
    }
  })
})
