// Installs what package-lock.json names, if that has not been done since it changed. Works on a fresh clone: it uses
// nothing but Node itself.
import { spawnSync } from "node:child_process"
import { statSync } from "node:fs"

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

export function install() {
  // npm writes this file at the end of an installation.
  if (modified("node_modules/.package-lock.json") >= modified("package-lock.json")) return
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], "Installing dependencies (npm ci)")
}

/** Runs a command with its output shown; ends this process with its status when it fails. */
export function run(command, args, title, options = {}) {
  if (title) console.log(`\n== ${title}`)
  const { status, error } = spawnSync(command, args, { stdio: "inherit", ...options })
  if (error) console.error(`Cannot run ${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
