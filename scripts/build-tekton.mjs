#!/usr/bin/env node
// Writes the generated files of tekton/.
//   npm run build:tekton                          for package.json's version; a digest that was set for it stays
//   npm run build:tekton -- --digest=sha256:...   names the image's digest too
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { parseArgs } from "node:util"
import { digestIn, RELEASE_FILE, renderCatalog } from "./tekton/catalog.mjs"

const { values } = parseArgs({ options: { digest: { type: "string" } } })
const { version } = JSON.parse(readFileSync("package.json", "utf8"))
if (values.digest && !/^sha256:[0-9a-f]{64}$/.test(values.digest)) throw new Error(`Not a digest: ${values.digest}`)

const committed = existsSync(RELEASE_FILE) ? digestIn(readFileSync(RELEASE_FILE, "utf8"), version) : undefined
const files = renderCatalog({ version, digest: values.digest ?? committed })
for (const [path, text] of files) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
console.log(`${files.size} files below tekton/`)
