#!/usr/bin/env node
// The test command: installs, builds, provides the programs that tests need, then lint, types and tests.
//   npm test                     everything, with the short form of the fault tests
//   npm test -- test/core        only these test files
//   npm run test:reliability     the long fault tests: 200 writers, 300 kills per store, random templates
import { spawnSync } from "node:child_process"
import { install, run } from "./install.mjs"

const reliability = process.argv.includes("--reliability")
const files = process.argv.slice(2).filter((arg) => !arg.startsWith("--"))

install()
provide()
run(process.execPath, ["scripts/build.mjs"], "Building")
if (!reliability) {
  run("npx", ["biome", "check", "--error-on-warnings", "."], "Lint")
  run("npx", ["tsc", "-p", "."], "Types")
}
const selected = reliability ? ["test/reliability", "test/jinja/fuzz.test.ts"] : files
const env = { ...process.env, ...(reliability ? { CICDSTATEMGR_TEST_LONG: "1" } : {}) }
run("npx", ["vitest", "run", ...selected], "Tests", { env })

/** Real servers and shells, as Debian packages; where they cannot be installed their tests say so and are skipped. */
function provide() {
  const needed = [
    ["redis-server", ["redis-server", "--version"], "tests of the Redis store and the parity cases"],
    ["python3-yaml", ["/usr/bin/python3", "-c", "import yaml"], "tests that compare with PyYAML and the parity cases"],
    ["busybox", ["busybox", "true"], "sourcing the shell file in busybox"],
    ["dash", ["dash", "-c", "true"], "sourcing the shell file in dash"],
    ["bash", ["bash", "-c", "true"], "sourcing the shell file in bash"],
  ]
  const missing = () =>
    needed.filter(([, [command, ...args]]) => spawnSync(command, args, { stdio: "ignore" }).status !== 0)
  const packages = missing().map(([name]) => name)
  if (packages.length === 0) return
  if (process.getuid?.() === 0 && spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status === 0) {
    console.log(`\n== Installing Debian packages: ${packages.join(" ")}`)
    const apt = { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }
    spawnSync("apt-get", ["update", "-qq"], apt)
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], apt)
  }
  for (const [name, , use] of missing()) {
    console.log(`\n!! ${name} is missing and could not be installed (needs root and apt-get). Skipped: ${use}.`)
  }
}
