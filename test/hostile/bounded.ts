/** Runs the command line with any bytes as arguments and environment, and measures what it took. */
import { spawn, spawnSync } from "node:child_process"
import { text } from "node:stream/consumers"
import { expect } from "vitest"
import { main } from "../../src/cli.js"
import { COMMAND, type Outcome } from "../support/cli.js"

export const LONG = process.env.CICDSTATEMGR_TEST_LONG === "1"

/** Of CPU time, which other work on the machine does not add to. What grows with the square of its input is far beyond. */
const MOST_SECONDS = 20
/** What waits for something that never comes. */
const HANGS_AFTER_SECONDS = 300
export const MOST_MEGABYTES = 512

// The system's own starts in a fifth of the time that a version manager's takes.
export const python = ["/usr/bin/python3", "python3"].find((name) => spawnSync(name, ["-c", ""]).status === 0)
if (!python) console.warn("No python3: tests that bound time and memory of hostile input are skipped")

export interface Measured extends Outcome {
  readonly megabytes: number
}

export interface Call {
  readonly folder: string
  readonly args: ReadonlyArray<string | Uint8Array>
  readonly env?: Readonly<Record<string, string | Uint8Array>>
  readonly input?: string | Uint8Array
}

const RUN = `
import base64, json, resource, subprocess, sys
call = json.load(sys.stdin)
data = base64.b64decode
resource.setrlimit(resource.RLIMIT_CPU, (${MOST_SECONDS}, ${MOST_SECONDS}))
try:
    done = subprocess.run([data(arg) for arg in call["args"]], cwd=call["folder"], input=data(call["input"]),
        env={data(key): data(value) for key, value in call["env"]}, capture_output=True, timeout=${HANGS_AFTER_SECONDS})
    status, out, err = done.returncode, done.stdout, done.stderr
except subprocess.TimeoutExpired:
    status, out, err = None, b"", b"ended by the time-out"
json.dump({"status": status, "stdout": out.decode(errors="replace"), "stderr": err.decode(errors="replace"),
    "megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}, sys.stdout)
`

/** Runs to the end or a bound of time; a status below 0 is the signal that ended it, -24 and -9 those of too much CPU time. */
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

/** The same command line inside this process: for inputs in hundreds, where nothing but the answer is in question. */
export async function inProcess(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []]
  const status = await main(args, {
    env,
    cwd: folder,
    hostname: "here",
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    stdin: async () => new Uint8Array(),
    color: false,
    now: () => new Date(),
    licenses: () => "",
  })
  return { status, stdout: out.join(""), stderr: err.join("") }
}

function described({ folder, args, env = {}, input = "" }: Call): string {
  const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("base64")
  const variables = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...env }
  return JSON.stringify({
    folder,
    args: [...COMMAND, ...args].map(base64),
    env: Object.entries(variables).map(([key, value]) => [base64(key), base64(value)]),
    input: base64(input),
  })
}

/** What hostile input may come to: an exit code of the tool, one line of error, within the bounds. */
export function expectBounded(outcome: Measured, statuses: readonly number[]): Measured {
  expectAnswer(outcome, statuses)
  expect(outcome.megabytes).toBeLessThan(MOST_MEGABYTES)
  return outcome
}

/** An exit code of the tool, and no crash: one line of error, without a trace. */
export function expectAnswer(outcome: Outcome, statuses: readonly number[]): Outcome {
  const { status, stderr } = outcome
  expect(statuses, stderr.slice(0, 2000)).toContain(status)
  expect(stderr).not.toMatch(/^\s+at |This is a bug|node:internal|RangeError|FATAL|heap/m)
  expect(stderr.match(/^cicdstatemgr: /gm) ?? []).toHaveLength(status === 0 ? 0 : 1)
  return outcome
}
