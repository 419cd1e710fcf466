#!/usr/bin/env node
// Makes all that a release consists of, in dist/release/: binaries, npm tarball, image, bill of materials and sums. It changes
// nothing else and publishes nothing: .github/workflows/release.yml does, when a tag v* is pushed.
//   npm run release                            a dry run: builds it all, and tells what is not ready
//   npm run release -- --tag                   the same; when nothing is amiss, tags this commit
//   npm run release -- --skip-image            without the image, which the workflow builds for all processors
//   npm run release -- --digest sha256:HEX     names the pushed image's digest in the Tekton YAML, nothing more
import { execFileSync, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { install, run } from "./install.mjs"

const { values } = parseArgs({
  options: {
    tag: { type: "boolean", default: false },
    "skip-image": { type: "boolean", default: false },
    digest: { type: "string" },
  },
})
const FOLDER = "dist/release"
const NAME = "ghcr.io/cicdstatemgr/cicdstatemgr"
const readJson = (file) => JSON.parse(read(file))
const { version, repository } = readJson("package.json")
const image = `${NAME}:v${version}`

if (values.digest) nameDigest(values.digest)
else await release()

async function release() {
  const problems = whatIsAmiss()
  install()
  run(process.execPath, ["scripts/build.mjs"], "Building")
  run(process.execPath, ["scripts/build-binary.mjs"], "Binaries")
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER)
  for (const name of readdirSync("dist").filter((name) => /^cicdstatemgr-linux-/.test(name)))
    copyFileSync(join("dist", name), join(FOLDER, name))
  run("npm", ["pack", "--silent", "--pack-destination", FOLDER], "npm tarball")
  const { billOfMaterials } = await import("./sbom.mjs")
  writeFileSync(join(FOLDER, "cicdstatemgr.cdx.json"), await billOfMaterials())
  if (!values["skip-image"]) problems.push(...buildImage())
  const sums = readdirSync(FOLDER).map((name) => `${sha256(join(FOLDER, name))}  ${name}\n`)
  writeFileSync(join(FOLDER, "SHA256SUMS"), sums.join(""))
  console.log(`\n== ${FOLDER}/\n${sums.join("")}`)
  for (const problem of problems) console.log(`!! ${problem}`)
  if (problems.length > 0) process.exitCode = 1
  else if (values.tag) run("git", ["tag", "--annotate", `v${version}`, "--message", `v${version}`], `Tag v${version}`)
  else console.log(`Ready. Next: npm run release -- --tag, then git push origin v${version}`)
}

/** @returns a sentence for each */
function whatIsAmiss() {
  const released = read("CHANGELOG.md")
    .split("\n")
    .some((line) => line === `## ${version}` || (line.startsWith(`## ${version} (`) && !line.includes("unreleased")))
  const names = imageNames()
  const tagged = git("tag", "--list", `v${version}`) && git("rev-list", "-1", `v${version}`)
  return [
    git("status", "--porcelain") !== "" && "The working tree has changes that are not committed.",
    readJson("package-lock.json").version !== version && `package-lock.json is not of version ${version}.`,
    !released && `CHANGELOG.md has no heading "## ${version}" without "(unreleased)".`,
    tagged && tagged !== git("rev-parse", "HEAD") && `v${version} is the tag of another commit.`,
    !repository && "package.json names no repository, which npm asks for with provenance.",
    names.length === 0 && "No file in tekton/ names the image.",
    ...names.map(({ file, tag }) => tag !== `v${version}` && `${file} names the image ${tag}, not v${version}.`),
  ].filter(Boolean)
}

function imageNames() {
  const mention = new RegExp(`${NAME}:([^\\s"'@]+)`, "g")
  return tektonFiles().flatMap((file) => [...read(file).matchAll(mention)].map(([, tag]) => ({ file, tag })))
}

function tektonFiles() {
  if (!existsSync("tekton")) return []
  const files = readdirSync("tekton", { recursive: true }).map((name) => join("tekton", name))
  return files.filter((file) => /\.ya?ml$/.test(file)).sort()
}

function nameDigest(digest) {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error("A digest is sha256: and 64 hexadecimal digits.")
  const mention = new RegExp(`${image.replaceAll(".", "\\.")}(@sha256:[0-9a-f]{64})?(?![\\w.-])`, "g")
  for (const file of tektonFiles()) {
    const text = read(file)
    const changed = text.replace(mention, `${image}@${digest}`)
    if (changed === text) continue
    writeFileSync(file, changed)
    console.log(file)
  }
}

/**
 * Of this machine's processor only, as a builder may not have the base of the other one.
 * @returns a sentence if there is none
 */
function buildImage() {
  console.log("\n== Image")
  const args = ["scripts/build-image.mjs", "--output", join(FOLDER, "image.tar")]
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" })
  return status === 0 ? [] : ["There is no image (see above). To go on without it: --skip-image."]
}

function git(...args) {
  return execFileSync("git", args, { encoding: "utf8" }).trim()
}

function read(file) {
  return readFileSync(file, "utf8")
}

function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex")
}
