#!/usr/bin/env node
// Measures, and judges nothing: each figure is a ratio against a baseline taken in turn with it in the same run, so that
// it holds on a machine whose speed changes. Usage: npm run bench [-- --runs 15 --writers 200]
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { install, run } from "./install.mjs"

const { values } = parseArgs({
  options: { runs: { type: "string", default: "15" }, writers: { type: "string", default: "200" } },
})
const RUNS = Number(values.runs)
const WRITERS = Number(values.writers)

install()
run(process.execPath, ["scripts/build.mjs"], "Building")
const CLI = resolve("dist/cli.cjs")
const folder = mkdtempSync(join(tmpdir(), "bench-"))
try {
  commands()
  growth()
  await writers()
} finally {
  rmSync(folder, { recursive: true })
}
for (const script of ["scripts/bench-jinja.mjs"].filter(existsSync)) run(process.execPath, [script])

/** A context with a document of about so many bytes, its caches beside it. */
function context(id, bytes) {
  const items = Math.max(1, Math.round(bytes / 100))
  const file = join(folder, `${id}.json`)
  writeFileSync(
    file,
    JSON.stringify(Array.from({ length: items }, (_, i) => ({ name: `item ${i}`, text: "x".repeat(60) }))),
  )
  cli(["init", id, "--set-file", `state.items=${file}`, "state.value=v"], id)
}

function cli(args, id) {
  const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], options(id))
  if (status !== 0) throw new Error(`${args.slice(0, 3).join(" ")}: status ${status}: ${stderr}`)
}

/** Each context in a folder of its own, with the default config there: a JSON file as primary, and the four caches. */
function options(id) {
  const cwd = join(folder, id)
  mkdirSync(cwd, { recursive: true })
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith("CICDSTATEMGR_"))
  return { cwd, encoding: "utf8", env: { ...Object.fromEntries(env), CICDSTATEMGR_CONTEXT_DATA_ID: id } }
}

/** Milliseconds of each call, measured in turn. */
function inTurn(calls, runs = RUNS) {
  const times = calls.map(() => [])
  for (let i = -1; i < runs; i++) {
    for (const [k, call] of calls.entries()) {
      const start = performance.now()
      call()
      if (i >= 0) times[k].push(performance.now() - start)
    }
  }
  return times
}

/** Median of the pairwise ratios, with their range. */
function ratio(times, baseline) {
  const sorted = times.map((time, i) => time / baseline[i]).sort((a, b) => a - b)
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)].toFixed(2)
  return `${at(0.5)} x   (${at(0.1)} to ${at(0.9)})`
}

function commands() {
  console.log(`\n== Whole commands on 10 KB, against bare node -e 0 (median of ${RUNS}, 10th to 90th percentile)`)
  context("small", 10_000)
  const bare = () => spawnSync(process.execPath, ["-e", "0"])
  const named = {
    "get of a value  ": ["get", "state.items[0].name"],
    "get of a text   ": ["get", "state.value"],
    "set             ": ["set", "state.value=w", "--log-level", "error"],
    "--help          ": ["--help"],
  }
  for (const [name, args] of Object.entries(named)) {
    const [times, baseline] = inTurn([() => cli(args, "small"), bare])
    console.log(`${name} ${ratio(times, baseline)}`)
  }
}

function growth() {
  console.log("\n== Growth: time beyond that of 10 KB, per MB, against 1 MB (1.0 = linear)")
  const sizes = [1_000_000, 10_000_000]
  for (const size of sizes) context(`s${size}`, size)
  const runs = Math.max(3, Math.round(RUNS / 5))
  for (const args of [
    ["get", "state.value"],
    ["set", "state.value=w", "--log-level", "error"],
  ]) {
    const [small, ...large] = inTurn(
      [() => cli(args, "small"), ...sizes.map((size) => () => cli(args, `s${size}`))],
      runs,
    )
    const perByte = large.map((times, k) => times.map((time, i) => (time - small[i]) / sizes[k]))
    console.log(`${args[0].padEnd(4)} 10 MB per MB against 1 MB per MB: ${ratio(perByte[1], perByte[0])}`)
  }
}

async function writers() {
  context("shared", 10_000)
  const [single] = inTurn([() => cli(["set", "state.value=w", "--log-level", "error"], "shared")])
  const one = single.sort((a, b) => a - b)[Math.floor(RUNS / 2)]
  const start = performance.now()
  const results = await Promise.all(
    Array.from({ length: WRITERS }, (_, i) => {
      const child = spawn(process.execPath, [CLI, "set", `state.k${i}=v`, "--log-level", "error"], {
        ...options("shared"),
        stdio: "ignore",
      })
      return new Promise((done) => child.on("exit", done))
    }),
  )
  const all = performance.now() - start
  const failed = results.filter((status) => status !== 0).length
  console.log(`\n== ${WRITERS} writers on one context at once, against as many one after the other`)
  console.log(`file store       ${(all / (one * WRITERS)).toFixed(2)} x   (${failed} failed)`)
}
