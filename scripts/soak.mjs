#!/usr/bin/env node
// The soak: commands, events, programs and readers on contexts of several sizes, on the file store and on Redis, while writers are
// killed and Redis is killed and restarted. Every acknowledged update is kept in a ledger outside of the stores, against
// which each context is checked in the end. Exits 1 when anything was lost, doubled, torn, stale or unexpected.
// Usage: npm run soak [-- --minutes 10]     CICD_CLI names the command line under test, unless the bundle is meant
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { install, run } from "./install.mjs"
import { commandLine } from "./soak/command-line.mjs"
import { openContext } from "./soak/context.mjs"
import { echoServer } from "./soak/echo-server.mjs"
import { createLedger } from "./soak/ledger.mjs"
import { filePrimary, redisPrimary } from "./soak/primaries.mjs"

/** One context of each at a time, per primary. */
const KINDS = [
  { bytes: 1_000, writers: 4 },
  { bytes: 100_000, writers: 2 },
  { bytes: 1_000_000, writers: 1 },
]
const UPDATES_PER_CONTEXT = 400
const PROGRESS_MS = 10_000
const RESTART_EACH_MS = 15_000

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error("--minutes takes a number above 0")

install()
const CLI = resolve(process.env.CICD_CLI || "dist/cli.cjs")
if (![CLI, "dist/index.js"].every(existsSync)) run(process.execPath, ["scripts/build.mjs"], "Building")

const folder = mkdtempSync(join(tmpdir(), "soak-"))
const ledger = createLedger()
const cli = commandLine(CLI, folder)
const library = pathToFileURL(resolve("dist/index.js")).href
const echo = await echoServer()
const primaries = [await filePrimary(folder, echo.url), await redisPrimary(folder, echo.url)].filter(Boolean)
const started = performance.now()
let deadline = started + minutes * 60_000
process.once("SIGINT", () => {
  console.log("Interrupted: the contexts are checked now")
  deadline = 0
})

try {
  const names = primaries.map(({ name }) => name).join(", ")
  console.log(`Soak for ${minutes} minutes on ${availableParallelism()} cores: ${names}`)
  const slots = primaries.flatMap((primary) => KINDS.map((kind) => ({ primary, ...kind })))
  const progress = setInterval(() => console.log(progressLine()), PROGRESS_MS)
  await Promise.all([...slots.map(occupy), ...primaries.map(restartNowAndThen)])
  clearInterval(progress)
} catch (error) {
  // All others are still at work.
  console.error(error)
  process.exit(1)
}
console.log(ledger.report((performance.now() - started) / 60_000))
for (const primary of primaries) await primary.stop()
echo.close()
if (ledger.isClean()) rmSync(folder, { recursive: true })
else {
  console.log(`What was found is kept in ${ledger.save(folder)}`)
  process.exitCode = 1
}

function isOver() {
  return performance.now() > deadline
}

/** Contexts one after the other: each is created, written and read for a while, checked and deleted. */
async function occupy({ primary, bytes, writers }) {
  while (!isOver()) {
    const context = await openContext({ primary, bytes, cli, library, ledger, echo, folder })
    const isFull = () => isOver() || context.updates() >= UPDATES_PER_CONTEXT
    const work = Array.from({ length: writers }, () => writing(context, isFull))
    await Promise.all([...work, reading(context, isFull)])
    await context.close()
  }
}

async function writing(context, isFull) {
  while (!isFull()) {
    const kind = Math.random()
    await (kind < 0.6 ? context.update() : kind < 0.8 ? context.event() : context.program())
  }
}

async function reading(context, isFull) {
  while (!isFull()) {
    await context.read()
    await sleep(Math.random() * 2_000)
  }
}

async function restartNowAndThen(primary) {
  for (let next = RESTART_EACH_MS; primary.restart && !isOver(); ) {
    await sleep(Math.min(next, Math.max(0, deadline - performance.now())))
    if (isOver()) return
    await primary.restart()
    ledger.restarts++
    next = RESTART_EACH_MS * (0.5 + Math.random())
  }
}

function progressLine() {
  const seconds = Math.round((performance.now() - started) / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}  ${ledger.summary()}`
}
