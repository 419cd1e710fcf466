#!/usr/bin/env node
// Measures, and judges nothing: CPU time as a ratio against a baseline taken in turn with it in the same run, so that it
// holds on a machine whose speed changes. With the binary if dist/cicdstatemgr is there (npm run build:binary), else with
// the bundle. Usage: npm run bench [-- --runs 20 --writers 200]
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { parse, stringify } from "yaml"
import { install, run } from "./install.mjs"
import { cpuOf, inTurn, median, peakOf, ratio } from "./measure.mjs"
import { runtimeFolder } from "./runtimes.mjs"

const { values } = parseArgs({
  options: { runs: { type: "string", default: "20" }, writers: { type: "string", default: "200" } },
})
const RUNS = Number(values.runs)
const WRITERS = Number(values.writers)
const QUIET = ["--log-level", "error"]
const HANDLE_EVENT = ["handle-event", "build=tested"]

install()
const isBinary = existsSync("dist/cicdstatemgr")
run(process.execPath, ["scripts/build.mjs"], "Building")
if (isBinary) run(process.execPath, ["scripts/build-binary.mjs"], "Building the binaries")
const CLI = isBinary ? [resolve("dist/cicdstatemgr")] : [process.execPath, resolve("dist/cli.cjs")]
const NODE = isBinary ? join(runtimeFolder(process.arch), "bin/node") : process.execPath
const BARE = [NODE, "-e", "0"]

const folder = mkdtempSync(join(tmpdir(), "bench-"))
const servers = []
try {
  const redis = await startRedis()
  await startUp(redis)
  documents(redis)
  growth()
  await memory(redis)
  sizes()
  await writers()
} finally {
  for (const server of servers) server.kill()
  rmSync(folder, { recursive: true })
}
run(process.execPath, ["scripts/bench-jinja.mjs"])

async function startUp(redis) {
  const runtime = `bare node -e 0 of ${isBinary ? "the binary's runtime" : "this Node, by which the bundle runs"}`
  console.log(`\n== CPU time of whole commands on 10 KB, against ${runtime} (${RUNS} runs)`)
  const [none, json, yaml] = [context("none"), context("json", "json"), context("yaml", "yaml")]
  const event = await eventContext("event")
  cpuOf([...CLI, ...event.init], event)
  const rows = [
    ["--help", none, ["--help"]],
    ["get, JSON cache, no config", none, ["get", "state.value"]],
    ["get, JSON cache, JSON config", json, ["get", "state.value"]],
    ["get, JSON cache, YAML config", yaml, ["get", "state.value"]],
    ["set, file store", none, ["set", "state.value=w", ...QUIET]],
    ...(redis ? [["set, Redis", context("redis", redis), ["set", "state.value=w", ...QUIET]]] : []),
    ["handle-event, notify", event, [...HANDLE_EVENT, ...QUIET]],
  ]
  const calls = rows.map(
    ([, options, args]) =>
      () =>
        cpuOf([...CLI, ...args], options),
  )
  const [baseline, ...times] = inTurn([() => cpuOf(BARE), ...calls], RUNS)
  for (const [i, [name]] of rows.entries()) console.log(`${name.padEnd(30)} ${ratio(times[i], baseline)}`)
}

function documents(redis) {
  console.log("\n== CPU time of a set on larger documents, with four caches, beyond one on 10 KB")
  for (const [store, config] of storesWith(redis)) {
    const set = (options) => () => cpuOf([...CLI, "set", "state.value=w", ...QUIET], options)
    const small = context(`small-${store}`, config)
    const large = context(`keys-${store}`, config, keys(5_000))
    const dense = context(`scalars-${store}`, config, scalars(5_000))
    const [bare, base, ...times] = inTurn([() => cpuOf(BARE), set(small), set(large), set(dense)], RUNS / 2)
    for (const [i, name] of ["1 MB, 5,000 keys", "1.1 MB, 75,000 scalars"].entries()) {
      const beyond = median(times[i]) - median(base)
      const ratioToBare = (beyond / median(bare)).toFixed(1)
      console.log(
        `${`${store}, ${name}`.padEnd(36)} ${beyond.toFixed(0).padStart(4)} ms   (${ratioToBare} x bare node)`,
      )
    }
  }
}

function growth() {
  console.log("\n== Growth: CPU time beyond that of 10 KB, per MB, against 1 MB (1.0 = linear)")
  const [small, one, ten] = [context("small"), context("one", "", keys(5_000)), context("ten", "", keys(50_000))]
  for (const args of [
    ["get", "state.value"],
    ["set", "state.value=w", ...QUIET],
  ]) {
    const calls = [small, one, ten].map((options) => () => cpuOf([...CLI, ...args], options))
    const [base, atOne, atTen] = inTurn(calls, RUNS / 2).map(median)
    console.log(
      `${args[0].padEnd(4)} 10 MB per MB against 1 MB per MB: ${((atTen - base) / (atOne - base) / 10).toFixed(2)}`,
    )
  }
}

async function memory(redis) {
  console.log("\n== Peak memory on 10 MB, with four caches")
  const file = { jsonfile: { path: "primary/{id}.json", isPrimary: true } }
  for (const [store, datasources] of [["file store", file], ...(redis ? [["Redis", onRedis(redis)]] : [])]) {
    for (const [name, value] of [
      ["50,000 texts", keys(50_000)],
      ["600,000 scalars", scalars(40_000)],
    ]) {
      const { init, ...options } = await eventContext(`peak-${store}-${name}`, { datasources, value })
      const peaks = []
      for (const args of [init, ["get", "state.value"], ["set", "state.value=w"], ["load"], HANDLE_EVENT]) {
        const peak = await peakOf([...CLI, ...args, "--output-dir", "caches"], options)
        peaks.push(`${args[0]} ${peak.toFixed(0)} MiB`)
      }
      console.log(`${`${store}, ${name}`.padEnd(30)} ${peaks.join("   ")}`)
    }
  }
  console.log(`${"bare node -e 0".padEnd(30)} ${(await peakOf(BARE, {})).toFixed(0)} MiB`)
}

function sizes() {
  console.log("\n== Sizes")
  for (const name of ["cli.cjs", "cicdstatemgr-linux-x64", "cicdstatemgr-linux-arm64"]) {
    const size = statSync(`dist/${name}`, { throwIfNoEntry: false })?.size
    if (size) console.log(`${name.padEnd(30)} ${(size / 1e6).toFixed(1)} MB`)
  }
}

async function writers() {
  const options = context("shared")
  const set = (i) => [...CLI, "set", `state.k${i}=v`, ...QUIET]
  const [times] = inTurn([() => timeOf(() => cpuOf(set(""), options))], RUNS)
  const start = performance.now()
  const children = Array.from({ length: WRITERS }, (_, i) => {
    const [command, ...args] = set(i)
    return once(spawn(command, args, { ...options, stdio: "ignore" }), "exit")
  })
  const results = await Promise.all(children)
  const all = performance.now() - start
  const failed = results.filter(([status]) => status !== 0).length
  console.log(`\n== ${WRITERS} writers on one context at once, against as many one after the other`)
  console.log(`${"file store".padEnd(30)} ${(all / (median(times) * WRITERS)).toFixed(2)} x   (${failed} failed)`)
}

function timeOf(call) {
  const start = performance.now()
  call()
  return performance.now() - start
}

function storesWith(redis) {
  return [["file store", ""], ...(redis ? [["Redis", redis]] : [])]
}

/** So many texts, of 200 bytes with their keys. */
function keys(count) {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`key-${i}`, `value ${i} `.repeat(20).slice(0, 190)]),
  )
}

/** So many maps of 15 short scalars of all kinds. */
function scalars(count) {
  const scalar = (i, k) => [`v${i}x${k}`, i * k, true, null, i / 7][k % 5]
  const map = (i) => Object.fromEntries(Array.from({ length: 15 }, (_, k) => [`k${k}`, scalar(i, k)]))
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`group${i}`, map(i)]))
}

/** A context of its own, in a folder of its own, and how to run commands on it. Default: 10 KB, no config file. */
function context(id, config = "", value = keys(50)) {
  const cwd = join(folder, id)
  mkdirSync(cwd)
  writeFileSync(join(cwd, "value.json"), JSON.stringify(value))
  const options = optionsFor(cwd, id, writeConfig(cwd, config))
  cpuOf([...CLI, "init", id, "state.value=v", "--set-file", "state.doc=value.json"], options)
  return options
}

function optionsFor(cwd, id, config) {
  const own = { CICDSTATEMGR_CONTEXT_DATA_ID: id, CICDSTATEMGR_CONFIG_PATH: config }
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("CICDSTATEMGR_"))
  return { cwd, env: { ...Object.fromEntries(others), ...own } }
}

/** @param config "", "json" or "yaml" (with a YAML file as primary and a JSON cache), or where Redis is */
function writeConfig(cwd, config) {
  if (config === "") return ""
  if (config === "yaml") {
    const text = readFileSync("examples/basics/config.yaml", "utf8")
    const onFile = text
      .replace(/ +redis:[\s\S]*?isPrimary: true\n/, "")
      .replace(/path: .*yaml$/m, "path: state.yaml\n      isPrimary: true")
    writeFileSync(join(cwd, "config.yaml"), onFile)
    return "config.yaml"
  }
  const files = { jsonfile: { path: "c/c.json" }, shellfile: { path: "c/c.sh" }, idfile: { path: "c/c.id" } }
  const yamlfile = { path: "c/c.yaml", isPrimary: config === "json" }
  const datasources = { ...files, yamlfile, ...(config === "json" ? {} : onRedis(config)) }
  writeFileSync(join(cwd, "config.json"), JSON.stringify({ cicdstatemgr: { datasources } }))
  return "config.json"
}

/**
 * The example that notifies a target, and the target: a server of its own process.
 * @param with datasources instead of the example's; a value beside its own, 10 KB if there is none
 * @returns how to run commands on it, and the arguments of the first one
 */
async function eventContext(id, { datasources, value = keys(50) } = {}) {
  const cwd = join(folder, id)
  cpSync("examples/simple", cwd, { recursive: true })
  const echo = started(process.execPath, ["examples/basics/echo-server.mjs", "0"])
  const [line] = await once(echo.stdout, "data")
  const { cicdstatemgr } = parse(readFileSync(join(cwd, "config.yaml"), "utf8"))
  cicdstatemgr.slack.url = new URL("/slack", /http\S+/.exec(line)[0]).href
  if (datasources) cicdstatemgr.datasources = datasources
  writeFileSync(join(cwd, "config.yaml"), stringify({ cicdstatemgr }))
  writeFileSync(join(cwd, "value.json"), JSON.stringify(value))
  const options = optionsFor(cwd, id, "config.yaml")
  options.env.CICDSTATEMGR_SECRETS_PATH = "secrets.yaml"
  const assignments = [
    "state.app=shop",
    "state.value=v",
    "state.gitTag=v1",
    "state.tests[]=unit",
    "--set-file",
    "state.doc=value.json",
  ]
  return { ...options, init: ["init", id, "--app-config", "app.yaml", "--bases-dir", "bases", ...assignments] }
}

function onRedis(address) {
  return { redis: { ...address, isPrimary: true } }
}

/** @returns where it is; undefined when it is not installed */
async function startRedis() {
  if (spawnSync("redis-server", ["--version"]).status !== 0) {
    console.log("\n!! redis-server is not installed. Skipped: all that is measured on Redis.")
    return undefined
  }
  const port = await freePort()
  const server = started("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder])
  for await (const line of server.stdout) if (String(line).includes("Ready to accept connections")) break
  return { host: "127.0.0.1", port }
}

function started(command, args) {
  const server = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] })
  servers.push(server)
  return server
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address()
  server.close()
  return port
}
