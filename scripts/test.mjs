#!/usr/bin/env node
// The test command: installs, builds, provides the programs that tests need, then lint, types and tests; what runs the
// command line runs once with the bundle and once with the binary.
//   npm test                     everything, with the short form of the fault tests
//   npm test -- test/core        only these test files
//   npm run test:reliability     the long form of tests of faults and hostile input: 200 writers, 300 kills per store,
//                                random templates, documents and command lines
import { spawnSync } from "node:child_process"
import { install, run } from "./install.mjs"
import { installRuntimes } from "./runtimes.mjs"

const STRIPS_ARM64 = "command -v llvm-strip || command -v aarch64-linux-gnu-strip"
const COMMAND_LINE_TESTS = ["test/e2e", "test/examples", "test/parity"]
const reliability = process.argv.includes("--reliability")
const files = process.argv.slice(2).filter((arg) => !arg.startsWith("--"))

install()
provide()
run(process.execPath, ["scripts/build.mjs"], "Building")
const hasBinary =
  !reliability && (files.length === 0 || files.some((file) => /binary|image/.test(file))) && buildBinary()
if (!reliability) {
  run("npx", ["biome", "check", "--error-on-warnings", "."], "Lint")
  run("npx", ["tsc", "-p", "."], "Types")
}
const selected = reliability
  ? ["test/reliability", "test/hostile", "test/properties", "test/jinja/fuzz.test.ts"]
  : files
const env = { ...process.env, ...(reliability ? { CICDSTATEMGR_TEST_LONG: "1" } : {}) }
run("npx", ["vitest", "run", ...selected], "Tests", { env })
if (hasBinary && files.length === 0) {
  const withBinary = { env: { ...env, CICD_CLI: "dist/cicdstatemgr" } }
  run("npx", ["vitest", "run", ...COMMAND_LINE_TESTS], "Tests of the command line, with the binary", withBinary)
}

/** @returns whether there is one: a registry may lack the runtimes, or the machine may not be Linux */
function buildBinary() {
  const isPossible = process.platform === "linux" && installRuntimes()
  if (isPossible) run(process.execPath, ["scripts/build-binary.mjs"], "Building the binaries")
  else
    console.log("\n!! No binaries (they need Linux, and the npm packages of packaging/). Skipped: all tests of them.")
  return isPossible
}

/** Real servers and shells, as Debian packages; where they cannot be installed their tests say so and are skipped. */
function provide() {
  const needed = [
    ["redis-server", ["redis-server", "--version"], "tests of the Redis store and the parity cases"],
    ["python3-yaml", ["/usr/bin/python3", "-c", "import yaml"], "tests that compare with PyYAML and the parity cases"],
    ["busybox", ["busybox", "true"], "sourcing the shell file in busybox"],
    ["dash", ["dash", "-c", "true"], "sourcing the shell file in dash"],
    ["bash", ["bash", "-c", "true"], "sourcing the shell file in bash"],
    ["binutils", ["strip", "--version"], "the size of the binaries"],
    ["binutils-aarch64-linux-gnu", ["sh", "-c", STRIPS_ARM64], "the size of the binaries"],
    ["qemu-user-static", ["qemu-aarch64-static", "--version"], "the binary for arm64"],
    ["libstdc++6-arm64-cross", ["test", "-e", "/usr/aarch64-linux-gnu/lib/libstdc++.so.6"], "the binary for arm64"],
    ["buildah", ["buildah", "--version"], "the image"],
    ["podman", ["podman", "--version"], "the image"],
    ["runc", ["runc", "--version"], "the image"],
  ]
  const missing = () =>
    needed.filter(([, [command, ...args]]) => spawnSync(command, args, { stdio: "ignore" }).status !== 0)
  const packages = missing().map(([name]) => name)
  if (packages.length === 0) return
  if (process.getuid?.() === 0 && spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status === 0) {
    console.log(`\n== Installing Debian packages: ${packages.join(" ")}`)
    const apt = { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }
    spawnSync("apt-get", ["update", "-qq"], apt)
    const installs = (names) =>
      spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], apt).status === 0
    // One that this release of Debian lacks keeps all others out.
    if (!installs(packages)) for (const name of packages) installs([name])
  }
  for (const [name, , use] of missing()) {
    console.log(`\n!! ${name} is missing and could not be installed (needs root and apt-get). Skipped: ${use}.`)
  }
}
