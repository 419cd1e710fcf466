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
/** Folders of the packages that have come into the bundle. */
const bundled = new Set()
const library = { index: "src/index.ts", jinja: "src/jinja/index.ts" }

rmSync("dist", { recursive: true, force: true })
await Promise.all([
  build({
    ...shared,
    plugins: [compiledWhenNeeded(["ioredis", "yaml"])],
    entryPoints: ["src/bin.ts"],
    outfile: "dist/cli.cjs",
    format: "cjs",
    minify: true,
    keepNames: false,
    legalComments: "none",
    metafile: true,
    banner: { js: "#!/usr/bin/env node" },
  }).then(({ metafile }) => {
    note(metafile)
    writeFileSync("dist/cli.meta.json", JSON.stringify(metafile))
  }),
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
chmodSync("dist/cli.cjs", 0o755)
writeFileSync("dist/THIRD-PARTY-NOTICES.txt", notices().join(`\n${"-".repeat(80)}\n\n`))

// TypeScript reads a declaration file as ESM or CJS by the nearest package.json, so each flavour has its own tree.
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" })
mkdirSync("dist/cjs", { recursive: true })
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n')
cpSync("dist/types", "dist/cjs/types", { recursive: true })

function note({ inputs }) {
  for (const file of Object.keys(inputs)) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]
    if (folder) bundled.add(folder)
  }
}

/** The licences of what the bundle holds, which ask to go with every copy. */
function notices() {
  return [...bundled].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"))
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file ? readFileSync(`${folder}/${file}`, "utf8").trim() : "(the package brings no licence text)"
    return `${name} ${version} (${license})\n\n${text}\n`
  })
}

/**
 * Keeps libraries that few commands need as text in the bundle, compiled when they are first required: at start-up V8
 * looks through every function of a file, which takes longer than all else of a small command, but not through a string.
 */
function compiledWhenNeeded(names) {
  const namespace = "compiled-when-needed"
  return {
    name: namespace,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^(${names.join("|")})$`) }, ({ path }) => ({ path, namespace }))
      onLoad({ filter: /./, namespace }, async ({ path }) => {
        const entry = { contents: `module.exports = require("${path}")`, resolveDir: process.cwd() }
        const text = { stdin: entry, format: "cjs", minify: true, legalComments: "none", write: false, metafile: true }
        const { outputFiles, metafile } = await build({ ...shared, ...text })
        note(metafile)
        const contents = `
          const { compileFunction } = require("node:vm")
          const library = compileFunction(${JSON.stringify(outputFiles[0].text)}, ["module", "exports", "require"])
          library(module, module.exports, require)`
        return { contents, loader: "js" }
      })
    },
  }
}
