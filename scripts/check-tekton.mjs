#!/usr/bin/env node
// Checks Tekton YAML: its text, its fields and what refers to what, then with tekton-lint.
//   node scripts/check-tekton.mjs              all of tekton/ and examples/
//   node scripts/check-tekton.mjs FILE...      these files, which may refer to the catalog
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { RELEASE_FILE } from "./tekton/catalog.mjs"
import { checkFiles } from "./tekton/check.mjs"
import { lintFiles } from "./tekton/lint.mjs"

const { version } = JSON.parse(readFileSync("package.json", "utf8"))
const yamlFiles = (folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(folder, name))
    .sort()
const isTekton = (file) => /^apiVersion: (?:triggers\.)?tekton\.dev\//m.test(readFileSync(file, "utf8"))

const known = yamlFiles("tekton").filter((file) => /^tekton\/[^/]+\/([^/]+)\/\1\.yaml$/.test(file))
const given = process.argv.slice(2)
const files = given.length > 0 ? given : [...yamlFiles("tekton"), ...yamlFiles("examples")]
// The release file holds the same objects as the catalog's other files.
const linted = files.filter((file) => isTekton(file) && file !== RELEASE_FILE)

const problems = checkFiles(files, { version, known })
if (linted.length > 0) problems.push(...(await lintFiles(linted, known)))
for (const { file, line, message } of problems) console.log(`${file}:${line}: ${message}`)
console.log(problems.length === 0 ? `${files.length} files, no problem` : `${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
