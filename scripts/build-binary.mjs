#!/usr/bin/env node
// Packages the command line with the Node runtime as dist/cicdstatemgr-linux-ARCH, by the steps of a single executable
// application (nodejs.org/api/single-executable-applications.html): strip a copy of the runtime, have it make the blob,
// inject that into the copy. Usage: npm run build:binary [-- --arch x64 --arch arm64]
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join, parse, resolve } from "node:path"
import { parseArgs } from "node:util"
import { ARCHITECTURES, installRuntimes, postject, runtimeFolder, runtimeVersion } from "./runtimes.mjs"

const { values } = parseArgs({ options: { arch: { type: "string", multiple: true, default: ARCHITECTURES } } })
/** The commands of packaging/warm-up.cjs; one makes the state of the next, and the last that needs a library its cache. */
const PLAYED = ["init", "load", "help", "get", "handle-event", "set"]
/** A young generation that stays small: it takes no longer, and a large document half the memory. */
const V8_FLAGS = ["--max-semi-space-size=4"]
/** What scripts/build.mjs has made for the launcher. */
const SCRIPTS = "dist/binary"
const MACHINE = { x64: "x86_64", arm64: "aarch64" }
/** By which a runtime knows that it carries a blob; in two parts, as the bundle may not hold it. */
const FUSE = ["NODE_SEA", "FUSE_fce680ab2cc467b6e072b8b5df1996b2"].join("_")

if (process.platform !== "linux") fail("The binaries are built on Linux only.")
if (!existsSync(SCRIPTS)) fail(`${SCRIPTS} is missing: run "npm run build" first.`)
if (!installRuntimes()) fail("npm could not install packaging/package-lock.json.")

const scratch = mkdtempSync(resolve("dist/.binary-"))
try {
  const licenses = join(scratch, "licenses.txt")
  writeFileSync(licenses, licenseTexts())
  const scripts = readdirSync(SCRIPTS).map((name) => [parse(name).name, join(SCRIPTS, name)])
  const names = values.arch.map((arch) => buildBinary(arch, { licenses, ...Object.fromEntries(scripts) }))
  writeFileSync("dist/SHA256SUMS", names.map((name) => `${sha256(`dist/${name}`)}  ${name}\n`).join(""))
  if (values.arch.includes(process.arch)) linkTo(`cicdstatemgr-linux-${process.arch}`)
} finally {
  rmSync(scratch, { recursive: true })
}

/** @returns the file's name in dist */
function buildBinary(arch, files) {
  const runtime = join(scratch, `node-${arch}`)
  copyFileSync(`${runtimeFolder(arch)}/bin/node`, runtime)
  // Before the injection: a binary that is stripped afterwards does not start.
  const isStripped = strip(runtime, arch)
  if (!isStripped) console.warn(`!! No strip for ${arch} (binutils or llvm): its binary is about 20 MB larger.`)
  const ownNode = nodeOf(arch, runtime)
  if (!ownNode) console.warn(`!! ${arch} cannot run here: its binary has no code caches and starts slower.`)
  const blob = join(scratch, `blob-${arch}`)
  const node = ownNode ?? nodeOf(process.arch, `${runtimeFolder(process.arch)}/bin/node`)
  makeBlob({ node, blob, assets: { ...files, ...codeCaches(ownNode, arch) } })
  must([process.execPath, postject, runtime, "NODE_SEA_BLOB", blob, "--sentinel-fuse", FUSE])
  chmodSync(runtime, 0o755)
  const name = `cicdstatemgr-linux-${arch}`
  renameSync(runtime, `dist/${name}`)
  const size = (readFileSync(`dist/${name}`).length / 1e6).toFixed(1)
  console.log(
    `dist/${name}  ${size} MB, Node ${runtimeVersion()}${isStripped ? ", stripped" : ""}${ownNode ? ", code caches" : ""}`,
  )
  return name
}

/** The blob is read by the very version that wrote it, on any processor; only code caches belong to one. */
function makeBlob({ node, blob, assets }) {
  const config = {
    // Relative, as the blob holds it: the same wherever the folder is.
    main: "packaging/launcher.cjs",
    output: blob,
    disableExperimentalSEAWarning: true,
    execArgvExtension: "none",
    execArgv: V8_FLAGS,
    assets,
  }
  const file = `${blob}.json`
  writeFileSync(file, JSON.stringify(config))
  must([...node, "--experimental-sea-config", file])
}

/** @returns by the names that the launcher knows them by: the files of the caches, and one with these names */
function codeCaches(node, arch) {
  const folder = join(scratch, `caches-${arch}`)
  mkdirSync(folder)
  // The seed makes equal caches of equal scripts; V8 does not count it among the flags that a cache belongs to.
  for (const command of node ? PLAYED : [])
    must([...node, ...V8_FLAGS, "--random-seed=1", "packaging/warm-up.cjs", resolve(SCRIPTS), folder, command])
  const files = readdirSync(folder).filter((name) => name !== "work")
  const caches = `${folder}.txt`
  writeFileSync(caches, files.join("\n"))
  return { caches, ...Object.fromEntries(files.map((name) => [`cache/${name}`, join(folder, name)])) }
}

/** How to run a runtime here: as it is, or with QEMU and the libraries of its processor. */
function nodeOf(arch, runtime) {
  const machine = MACHINE[arch]
  const emulated = [`qemu-${machine}-static`, "-L", `/usr/${machine}-linux-gnu`, runtime]
  return [[runtime], emulated].find((command) => attempt([...command, "--version"]).status === 0)
}

/** The first program that knows the format of that processor. */
function strip(file, arch) {
  return ["strip", `${MACHINE[arch]}-linux-gnu-strip`, "llvm-strip"].some((tool) => attempt([tool, file]).status === 0)
}

function licenseTexts() {
  const own = readFileSync("LICENSE", "utf8")
  const bundled = readFileSync("dist/THIRD-PARTY-NOTICES.txt", "utf8")
  const node = readFileSync(`${runtimeFolder("x64")}/LICENSE`, "utf8")
  return [own, bundled, `Node.js ${runtimeVersion()}\n\n${node}`].join(`\n${"-".repeat(80)}\n\n`)
}

function linkTo(name) {
  rmSync("dist/cicdstatemgr", { force: true })
  symlinkSync(name, "dist/cicdstatemgr")
}

function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex")
}

function attempt([command, ...args]) {
  return spawnSync(command, args, { encoding: "utf8" })
}

/** Its output is shown only when it fails: postject warns of section names of a stripped runtime, which mean nothing. */
function must(command) {
  const { status, stdout, stderr, error } = attempt(command)
  if (status !== 0) throw new Error(`${command.join(" ")}: ${error?.message ?? `status ${status}`}\n${stdout}${stderr}`)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
