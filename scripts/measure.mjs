// What the benchmarks measure with: CPU time and memory of whole processes, ratios of what was taken in turn.
import { spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"

/** Milliseconds of CPU, user and system, that a command takes with all its threads; bash tells whole milliseconds. */
export function cpuOf([command, ...args], options) {
  // The command's own output goes through a pipe, as a pipeline's step has it.
  const timed = ["-c", 'TIMEFORMAT="%3U %3S"; time "$@" 2>&1', "bash", command, ...args]
  const { status, stdout, stderr, error } = spawnSync("bash", timed, { ...options, encoding: "utf8" })
  if (error) throw new Error(`bash is needed to measure CPU time: ${error.message}`)
  if (status !== 0) throw new Error(`${args.slice(0, 3).join(" ")}: status ${status}: ${stdout.slice(-500)}`)
  // What files of the user's tell bash to say stands before it.
  const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number)
  return (user + system) * 1000
}

/** The largest resident memory of a command, in MiB, as Linux tells it while the command runs. */
export async function peakOf([command, ...args], options) {
  const child = spawn(command, args, { ...options, stdio: "ignore" })
  let peak = 0
  const look = setInterval(() => {
    peak = Number(/VmHWM:\s+(\d+)/.exec(statusOf(child.pid))?.[1] ?? peak)
  }, 2)
  const status = await new Promise((done) => child.on("exit", done))
  clearInterval(look)
  if (status !== 0) throw new Error(`${args.slice(0, 3).join(" ")}: status ${status}`)
  return peak / 1024
}

function statusOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8")
  } catch {
    return ""
  }
}

/** What each of the calls gives, `runs` times; taken in turn, so that a machine whose speed changes slows all alike. */
export function inTurn(calls, runs) {
  const results = calls.map(() => [])
  for (let i = -1; i < runs; i++) {
    for (const [k, call] of calls.entries()) {
      const result = call()
      if (i >= 0) results[k].push(result)
    }
  }
  return results
}

export const median = (numbers) => quantile(numbers, 0.5)

function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * share)]
}

/** The ratio of the medians, and the range of the pairwise ratios (10th to 90th percentile). */
export function ratio(numbers, baseline) {
  const pairs = numbers.map((number, i) => number / baseline[i])
  const [low, high] = [quantile(pairs, 0.1), quantile(pairs, 0.9)]
  return `${(median(numbers) / median(baseline)).toFixed(2)} x   (${low.toFixed(2)} to ${high.toFixed(2)})`
}
