/** The session at the top of the README does what it shows, and the tour runs to its end. */
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { CLI, tempDir } from "../support/cli.js"

it("the README's session prints what it shows", () => {
  const block = /```console\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? ""
  const commands = [...block.matchAll(/^\$ (.*)$/gm)].map((match) => match[1]!.replace(/ {2,}#.*$/, ""))
  const shown = block.split("\n").filter((line) => line !== "" && !line.startsWith("$ "))
  expect(commands.length).toBeGreaterThan(4)
  const folder = tempDir()
  cpSync("examples/quickstart", folder, { recursive: true })
  const script = [`set -e`, `cicdstatemgr() { "${process.execPath}" "${CLI}" "$@"; }`, ...commands].join("\n")
  const output = execFileSync("sh", ["-c", script], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  })
  expect(output.trimEnd().split("\n")).toEqual(shown)
})

it("the tour runs to its end", () => {
  const tour = spawnSync(process.execPath, ["scripts/quickstart.mjs"], { encoding: "utf8" })
  expect(tour.stdout).toContain("That was the tour.")
  expect(tour.status).toBe(0)
})
