/** The recorded command lines of the Python tool (1.2.4), replayed on the built command line by run.py. */
import { spawn, spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { resolve } from "node:path"
import { expect, it } from "vitest"
import { COMMAND } from "../support/cli.js"

const PYTHON = ["python3", "/usr/bin/python3"].find((python) => spawnSync(python, ["-c", "import yaml"]).status === 0)
const REDIS = spawnSync("redis-server", ["--version"]).status === 0
const CASES = resolve("test/parity/cases")

if (!PYTHON || !REDIS)
  console.warn("skipped: the parity cases need redis-server and a python3 with PyYAML (python3-yaml)")

it.skipIf(!PYTHON || !REDIS)("every recorded case does what is wanted", { timeout: 600_000 }, async () => {
  const child = spawn(PYTHON!, ["test/parity/run.py", "--cases", CASES, "-v", "--", ...COMMAND])
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)))
  const status = await new Promise((done) => child.on("close", done))
  const [, passed, failed, skipped] = /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(output) ?? []
  expect(failed, output).toBe("0")
  expect(Number(passed) + Number(skipped)).toBe(readdirSync(CASES).length)
  expect(status).toBe(0)
})
