/** Runs the built command line with any bytes as arguments and environment, and measures what it took. */
import { spawn, spawnSync } from "node:child_process"
import { text } from "node:stream/consumers"
import { expect } from "vitest"
import { COMMAND, type Outcome } from "../support/cli.js"

/** Generous: what grows with the square of its input, or without end, is far beyond. */
export const MOST_SECONDS = 20
export const MOST_MEGABYTES = 512

export const python = ["python3", "/usr/bin/python3"].find((name) => spawnSync(name, ["-c", ""]).status === 0)
if (!python) console.warn("No python3: tests that bound time and memory of hostile input are skipped")

export interface Measured extends Outcome {
  readonly seconds: number
  readonly megabytes: number
}

export interface Call {
  readonly folder: string
  readonly args: ReadonlyArray<string | Uint8Array>
  readonly env?: Readonly<Record<string, string | Uint8Array>>
  readonly input?: string | Uint8Array
}

const RUN = `
import base64, json, os, resource, subprocess, sys, time
call = json.load(sys.stdin)
data = base64.b64decode
start = time.monotonic()
try:
    done = subprocess.run([data(arg) for arg in call["args"]], cwd=call["folder"], input=data(call["input"]),
        env={data(key): data(value) for key, value in call["env"]}, capture_output=True, timeout=call["seconds"])
    status, out, err = done.returncode, done.stdout, done.stderr
except subprocess.TimeoutExpired:
    status, out, err = None, b"", b"ended by the time-out"
json.dump({"status": status, "stdout": out.decode(errors="replace"), "stderr": err.decode(errors="replace"),
    "seconds": time.monotonic() - start, "megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}, sys.stdout)
`

/** Runs to the end or the bound of time; a status below 0 is the signal that ended it. */
export function measured(call: Call): Measured {
  const input = described(call)
  const run = spawnSync(python!, ["-c", RUN], { input, encoding: "utf8", maxBuffer: 1 << 28 })
  if (run.status !== 0) throw new Error(`python3 failed: ${run.stderr}`)
  return JSON.parse(run.stdout) as Measured
}

/** As {@link measured}, while servers of this process answer. */
export async function measuredBeside(call: Call): Promise<Measured> {
  const child = spawn(python!, ["-c", RUN], { stdio: ["pipe", "pipe", "inherit"] })
  child.stdin.end(described(call))
  return JSON.parse(await text(child.stdout)) as Measured
}

function described({ folder, args, env = {}, input = "" }: Call): string {
  const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("base64")
  const variables = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...env }
  return JSON.stringify({
    folder,
    args: [...COMMAND, ...args].map(base64),
    env: Object.entries(variables).map(([key, value]) => [base64(key), base64(value)]),
    input: base64(input),
    seconds: MOST_SECONDS,
  })
}

/** What hostile input may come to: an exit code of the tool, one line of error, within the bounds. */
export function expectBounded(outcome: Measured, statuses: readonly number[]): Measured {
  const { status, stderr, megabytes } = outcome
  expect(statuses, stderr.slice(0, 2000)).toContain(status)
  expect(stderr).not.toMatch(/^\s+at |This is a bug|node:internal|RangeError|FATAL|heap/m)
  expect(stderr.match(/^cicdstatemgr: /gm) ?? []).toHaveLength(status === 0 ? 0 : 1)
  expect(megabytes).toBeLessThan(MOST_MEGABYTES)
  return outcome
}
