#!/usr/bin/env node
// Line coverage of src/, of the tests' own process and of each command line that they start, together.
//   npm run coverage                the figure per folder, and the files that are covered least
//   npm run coverage -- test/core   of these test files only
// Each process that runs the command line writes down what it ran; what one of them ran counts. A process that is killed
// writes nothing, and tests of the built library and of the binary count nothing: the true figure is a little higher.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import { mergeScriptCovs } from "@bcoe/v8-coverage"
import { convert } from "ast-v8-to-istanbul"
import { build } from "esbuild"
import coverageLibrary from "istanbul-lib-coverage"
import { parseAst } from "vite"
import { run } from "./install.mjs"

const FOLDER = resolve("coverage")
const BUNDLE = `${FOLDER}/bundle.cjs`
/** Written before anything of ours is compiled: V8 counts from here on. */
const STARTER = `
const { createHash } = require("node:crypto")
const { writeFileSync } = require("node:fs")
const { Session } = require("node:inspector")
const session = new Session()
session.connect()
session.post("Profiler.enable")
session.post("Profiler.startPreciseCoverage", { callCount: false, detailed: true })
process.on("exit", () => session.post("Profiler.takePreciseCoverage", (_error, { result }) => {
  const text = JSON.stringify(result.find(({ url }) => url.endsWith("/coverage/bundle.cjs")).functions)
  const name = createHash("sha256").update(text).digest("hex")
  try { writeFileSync(${JSON.stringify(`${FOLDER}/processes/`)} + name, text) } catch {}
}))
require(${JSON.stringify(BUNDLE)})
`

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(`${FOLDER}/processes`, { recursive: true })
run(process.execPath, ["scripts/build.mjs"], "Building")
await buildCommandLine()
const outcome = spawnSync(
  "npx",
  ["vitest", "run", "--coverage.enabled", ...coverageOptions(), ...process.argv.slice(2)],
  {
    stdio: "inherit",
    env: { ...process.env, CICD_CLI: `${FOLDER}/cli.cjs` },
  },
)
process.exitCode = outcome.status ? 1 : 0
if (outcome.status !== 0) console.log("\n!! Some tests failed; the figures are of what ran.")
report(linesOf(await ofProcesses()), linesOf(ofTests()))

function coverageOptions() {
  const options = {
    provider: "v8",
    include: "src/**",
    reporter: "json",
    reportsDirectory: `${FOLDER}/tests`,
    reportOnFailure: true,
  }
  return Object.entries(options).map(([name, value]) => `--coverage.${name}=${value}`)
}

async function buildCommandLine() {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"))
  await build({
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "cjs",
    define: { __VERSION__: JSON.stringify(version) },
    supported: { "dynamic-import": false },
    conditions: ["wintercg"],
    sourcemap: true,
    entryPoints: ["src/bin.ts"],
    outfile: BUNDLE,
    logLevel: "warning",
  })
  cpSync("dist/THIRD-PARTY-NOTICES.txt", `${FOLDER}/THIRD-PARTY-NOTICES.txt`)
  writeFileSync(`${FOLDER}/cli.cjs`, STARTER)
}

/** What all processes together ran, file by file. */
async function ofProcesses() {
  const texts = readdirSync(`${FOLDER}/processes`).map((name) => readFileSync(`${FOLDER}/processes/${name}`, "utf8"))
  const url = `file://${BUNDLE}`
  const coverage = texts
    .map((text) => ({ scriptId: "0", url, functions: JSON.parse(text) }))
    .reduce((all, next) => mergeScriptCovs([all, next]))
  console.log(`\n${texts.length} different runs of the command line`)
  const code = readFileSync(BUNDLE, "utf8")
  const sourceMap = JSON.parse(readFileSync(`${BUNDLE}.map`, "utf8"))
  return convert({ code, sourceMap, coverage, ast: parseAst(code), wrapperLength: 0 })
}

function ofTests() {
  return JSON.parse(readFileSync(`${FOLDER}/tests/coverage-final.json`, "utf8"))
}

/** @returns by file, how often each line with a statement ran */
function linesOf(data) {
  const map = coverageLibrary.createCoverageMap(data)
  const files = map.files().map((file) => [relative(".", file), map.fileCoverageFor(file).getLineCoverage()])
  return new Map(files.filter(([file]) => file.startsWith("src/")))
}

function report(processes, tests) {
  const files = [...tests].map(([file, lines]) => {
    const also = processes.get(file) ?? {}
    const missed = Object.keys(lines).filter((line) => !lines[line] && !also[line])
    return { file, total: Object.keys(lines).length, missed }
  })
  console.log("\nlines of each folder")
  for (const [folder, list] of byFolder(files)) tell(folder, list)
  tell("all", files)
  console.log("\nfiles below 90 %")
  for (const entry of files) if (percent([entry]) < 90) tell(`${entry.file}: ${entry.missed.join(" ")}`, [entry])
}

function byFolder(files) {
  const folders = new Map()
  for (const entry of files) folders.set(dirname(entry.file), [...(folders.get(dirname(entry.file)) ?? []), entry])
  return [...folders].sort(([a], [b]) => (a < b ? -1 : 1))
}

function tell(name, files) {
  console.log(`${percent(files).toFixed(1).padStart(6)} %  ${name}`)
}

function percent(files) {
  const sum = (of) => files.reduce((all, entry) => all + of(entry), 0)
  const total = sum(({ total }) => total)
  return total === 0 ? 100 : 100 * (1 - sum(({ missed }) => missed.length) / total)
}
