// What the binaries are made with, as packaging/package-lock.json names it: Node runtimes of all targets, whatever the
// machine that builds, and postject. They are no devDependencies, as npm would refuse those of the other processor.
import { spawnSync } from "node:child_process"
import { readFileSync, statSync } from "node:fs"
import { resolve } from "node:path"

export const ARCHITECTURES = ["x64", "arm64"]

const modules = resolve("packaging/node_modules")
export const runtimeFolder = (arch) => `${modules}/node-linux-${arch}`
export const postject = `${modules}/postject/dist/cli.js`

/** What the lock file names is there afterwards, its integrity checked by npm; false when npm could not get it. */
export function installRuntimes() {
  const installed = modified(`${modules}/.package-lock.json`)
  if (installed > 0 && installed >= modified("packaging/package-lock.json")) return true
  console.log("\n== Installing the Node runtimes of the binaries (npm ci, about 100 MB)")
  const options = ["--force", "--no-bin-links", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  return spawnSync("npm", ["ci", "--prefix", "packaging", ...options], { stdio: "inherit" }).status === 0
}

export const runtimeVersion = () => JSON.parse(readFileSync(`${runtimeFolder("x64")}/package.json`, "utf8")).version

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
