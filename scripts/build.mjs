#!/usr/bin/env node
// Builds dist/: the command line as one CJS file (the binary needs CJS), the library and the Jinja2 engine as ESM and
// CJS with their types. Usage: node scripts/build.mjs
import { execFileSync } from "node:child_process"
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { build } from "esbuild"

const { version } = JSON.parse(readFileSync("package.json", "utf8"))
const shared = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: "warning",
}
const library = { index: "src/index.ts", jinja: "src/jinja/index.ts" }
/**
 * What only some commands need stands in the command line as text, compiled when it is first asked for: at each start V8
 * looks through every function of a file, which takes longer than all else of a small command, but not through a string.
 */
const PARTS = ["ioredis", "jinja", "ofetch", "undici", "yaml"]
const PART = new RegExp(`^(?:\\.\\./)?(${PARTS.join("|")})(?:/index\\.js)?$`)
/** What has come into the command line, as esbuild tells it. */
const inputs = {}

rmSync("dist", { recursive: true, force: true })
mkdirSync("dist")
const parts = Object.fromEntries(await Promise.all(PARTS.map(async (name) => [name, await textOf(entryOf(name))])))
await Promise.all([
  commandLine(),
  binaryScripts(),
  build({
    ...shared,
    entryPoints: library,
    outdir: "dist",
    format: "esm",
    packages: "external",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  }),
  build({ ...shared, entryPoints: library, outdir: "dist/cjs", format: "cjs", packages: "external" }),
])
writeFileSync("dist/cli.meta.json", JSON.stringify({ outputs: { "dist/cli.cjs": { inputs } } }))
writeFileSync("dist/THIRD-PARTY-NOTICES.txt", notices().join(`\n${"-".repeat(80)}\n\n`))

// TypeScript reads a declaration file as ESM or CJS by the nearest package.json, so each flavour has its own tree.
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" })
mkdirSync("dist/cjs", { recursive: true })
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n')
cpSync("dist/types", "dist/cjs/types", { recursive: true })

async function commandLine() {
  const text = await textOf({ entryPoints: ["src/bin.ts"] }, partsAsText())
  writeFileSync("dist/cli.cjs", `#!/usr/bin/env node\n${text}`)
  chmodSync("dist/cli.cjs", 0o755)
}

/** The scripts of the binary, as functions: the command line, and each part by its name. */
async function binaryScripts() {
  const scripts = { ...parts, main: await textOf({ entryPoints: ["src/bin.ts"] }, partsApart()) }
  mkdirSync("dist/binary")
  for (const [name, text] of Object.entries(scripts))
    writeFileSync(`dist/binary/${name}.js`, `(function (module, exports, require, __dirname) {${text}\n})`)
}

function entryOf(part) {
  const from = part === "jinja" ? "./src/jinja/index.ts" : part
  const entry = { stdin: { contents: `export * from ${JSON.stringify(from)}`, resolveDir: process.cwd() } }
  // It makes an instance over Node's own fetch, which looks for that, and so loads it: here it is given another one.
  return part === "ofetch" ? { ...entry, define: { ...shared.define, globalThis: "{}" } } : entry
}

/** The CJS text of an entry with all that it needs. */
async function textOf(entry, ...plugins) {
  const { outputFiles, metafile } = await build({
    ...shared,
    format: "cjs",
    minify: true,
    legalComments: "none",
    // ofetch with Node's own fetch, without the one for older versions.
    conditions: ["wintercg"],
    // A real import() in CJS loads Node's loader of ES modules.
    supported: { "dynamic-import": false },
    write: false,
    metafile: true,
    ...entry,
    plugins: [...plugins, loadedWhenUsed()],
  })
  for (const output of Object.values(metafile.outputs)) Object.assign(inputs, output.inputs)
  // esbuild leaves regular expressions as they are: for one letter beyond Latin-1 V8 would hold the text as UTF-16.
  const escaped = (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
  return outputFiles[0].text.replace(/[^\0-\x7f]/g, escaped)
}

/** The licences of what the bundle holds, which ask to go with every copy. */
function notices() {
  const folders = new Set(Object.keys(inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []))
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"))
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file ? readFileSync(`${folder}/${file}`, "utf8").trim() : "(the package brings no licence text)"
    return `${name} ${version} (${license})\n\n${text}\n`
  })
}

/** The binary holds each part on its own: `require("part:NAME")`. */
function partsApart() {
  return {
    name: "parts-apart",
    setup({ onResolve }) {
      onResolve({ filter: PART }, ({ path }) => ({ path: `part:${PART.exec(path)[1]}`, external: true }))
    },
  }
}

function partsAsText() {
  const namespace = "parts-as-text"
  return {
    name: namespace,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: PART }, ({ path }) => ({ path: PART.exec(path)[1], namespace }))
      onLoad({ filter: /./, namespace }, ({ path }) => {
        const contents = `
          const { compileFunction } = require("node:vm")
          const part = compileFunction(${JSON.stringify(parts[path])}, ["module", "exports", "require"])
          part(module, module.exports, require)`
        return { contents, loader: "js" }
      })
    },
  }
}

/**
 * Modules of Node that take milliseconds to load, node:crypto three: they are loaded when something of theirs is used,
 * not where a file imports them. Only such whose exports are a plain object, or a function that is no class.
 */
function loadedWhenUsed() {
  const namespace = "loaded-when-used"
  return {
    name: namespace,
    setup({ onResolve, onLoad }) {
      const filter = /^(node:)?(assert|crypto|dns|fs\/promises|net|tls|timers\/promises)$/
      onResolve({ filter }, ({ path }) => ({ path: path.replace("node:", ""), namespace }))
      onLoad({ filter: /./, namespace }, ({ path }) => {
        const known = process.getBuiltinModule(path)
        const contents = `
          const load = () => process.getBuiltinModule("${path}")
          ${typeof known === "function" ? "module.exports = (...args) => load()(...args)" : ""}
          for (const name of ${JSON.stringify(Object.keys(known))})
            Object.defineProperty(module.exports, name, { enumerable: true, get: () => load()[name] })`
        return { contents, loader: "js" }
      })
    },
  }
}
