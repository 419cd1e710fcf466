"use strict"
// The first code of a binary. It compiles the bundle, and the libraries that stand in it as text, with V8's code caches:
// they hold what a command had to compile when it was played at build time (warm-up.cjs). Without one that fits, all is as
// it would be, but slower.
const { getRawAsset, isSea } = require("node:sea")
const vm = require("node:vm")

/**
 * @param text the bundle's
 * @param cacheOf gives the code cache of a script by its name, or undefined
 * @param onScript is told the name of each script that was compiled, and the script
 * @returns runs the bundle, each time anew
 */
function prepare(text, cacheOf, onScript) {
  const compile = (name, body, parameters) => {
    const source = `(function (${parameters}) {${body}\n})`
    const script = new vm.Script(source, { filename: name, cachedData: cacheOf(name) })
    onScript?.(name, script)
    return script.runInThisContext()
  }
  // What the bundle compiles its libraries with; their lengths tell them apart.
  const compileFunction = (body, parameters) => compile(`library-${body.length}`, body, parameters)
  const requireOfBundle = (id) => (id === "node:vm" ? { ...vm, compileFunction } : require(id))
  const run = compile("bundle", text.replace(/^#!.*/, ""), ["require", "module", "exports", "__dirname"])
  return () => run(requireOfBundle, { exports: {} }, {}, __dirname)
}

/** Each command has a cache of the bundle, as one for all takes longer to read than a small command runs. */
function cacheAssets() {
  const asset = (name) => Buffer.from(getRawAsset(name))
  const names = asset("caches").toString().split("\n")
  const words = process.argv.slice(2).map((word) => `bundle-${word.replace(/^--/, "")}`)
  const ofCommand = words.find((word) => names.includes(word)) ?? "bundle-help"
  return (name) => {
    const cache = name === "bundle" ? ofCommand : name
    return names.includes(cache) ? asset(cache) : undefined
  }
}

if (isSea()) prepare(Buffer.from(getRawAsset("bundle")).latin1Slice(), cacheAssets())()
else module.exports = { prepare }
