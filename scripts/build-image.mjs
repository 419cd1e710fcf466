#!/usr/bin/env node
// Builds the container image from the binaries in dist/, with buildah or docker, whichever is there.
//   npm run build:image -- --tag NAME --base IMAGE --platform linux/amd64,linux/arm64 --output image.tar
// By default: the image of this machine's processor, on the Containerfile's base, under the release's name.
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { parseArgs } from "node:util"
import { run } from "./install.mjs"

const { version } = JSON.parse(readFileSync("package.json", "utf8"))
const { values } = parseArgs({
  options: {
    tag: { type: "string", default: `ghcr.io/cicdstatemgr/cicdstatemgr:v${version}` },
    base: { type: "string" },
    platform: { type: "string", default: `linux/${process.arch === "x64" ? "amd64" : process.arch}` },
    /** An OCI archive, its layers compressed with zstd: a quarter less than gzip. */
    output: { type: "string" },
  },
})
const BINARIES = ["dist/cicdstatemgr-linux-x64", "dist/cicdstatemgr-linux-arm64"]
const builders = { buildah, docker }

const missing = BINARIES.find((file) => !existsSync(file))
if (missing) fail(`${missing} is missing: run "npm run build:binary" first.`)
const name = Object.keys(builders).find((command) => spawnSync(command, ["info"], { stdio: "ignore" }).status === 0)
if (!name) fail("Neither buildah nor docker works here.")
if (values.output) rmSync(values.output, { force: true })
const args = [
  ...["--file", "Containerfile", "--platform", values.platform],
  ...Object.entries({ BASE: values.base, VERSION: version, REVISION: git("rev-parse", "HEAD") }).flatMap(
    ([key, value]) => (value ? ["--build-arg", `${key}=${value}`] : []),
  ),
]
// All files and the image itself are dated as the commit is, so that two builds give the same image.
const date = git("log", "-1", "--format=%ct") || "0"
for (const [command, ...rest] of builders[name]())
  run(command, rest, `${command} ${rest.slice(0, 2).join(" ")}`, {
    env: { ...process.env, SOURCE_DATE_EPOCH: date },
  })

function buildah() {
  const isList = values.platform.includes(",")
  // A list of that name would be added to.
  if (isList) spawnSync("buildah", ["manifest", "rm", values.tag], { stdio: "ignore" })
  const named = [isList ? "--manifest" : "--tag", values.tag]
  const build = ["buildah", "build", "--format", "oci", "--timestamp", date, ...named, ...args, "."]
  if (!values.output) return [build]
  const compression = ["--compression-format", "zstd", "--compression-level", "19"]
  const push = isList ? ["buildah", "manifest", "push", "--all"] : ["buildah", "push"]
  return [build, [...push, "--format", "oci", ...compression, values.tag, `oci-archive:${values.output}`]]
}

function docker() {
  const archive = `type=oci,dest=${values.output},compression=zstd,compression-level=19,rewrite-timestamp=true`
  const target = values.output ? ["--output", archive] : ["--load"]
  return [["docker", "buildx", "build", ...target, "--tag", values.tag, ...args, "."]]
}

/** Nothing outside a clone. */
function git(...command) {
  try {
    return execFileSync("git", command, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
  } catch {
    return ""
  }
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
