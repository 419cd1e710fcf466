"use strict"
// The first code of a binary. It compiles the command line, and the parts that a command asks for, with V8's code caches:
// they hold what a command had to compile when it was played at build time (warm-up.cjs). Without one that fits, all is as
// it would be, but slower.
const { getRawAsset, isSea } = require("node:sea")
const { Script } = require("node:vm")

const PART = "part:"

/**
 * @param textOf gives the text of a script by its name: a function of a module
 * @param cacheOf gives the code cache of a script by its name, or undefined
 * @param onScript is told the name of each script that was compiled, and the script
 * @returns runs the command line, each time anew
 */
function prepare(textOf, cacheOf, onScript) {
  const compile = (name) => {
    const script = new Script(textOf(name), { filename: name, cachedData: cacheOf(name) })
    onScript?.(name, script)
    return script.runInThisContext()
  }
  const parts = new Map()
  const requireAny = (id) => (id.startsWith(PART) ? partOf(id.slice(PART.length)) : require(id))
  const partOf = (name) => {
    const known = parts.get(name)
    if (known) return known.exports
    const module = { exports: {} }
    parts.set(name, module)
    compile(name)(module, module.exports, requireAny)
    return module.exports
  }
  const main = compile("main")
  return () => {
    parts.clear()
    const module = { exports: {} }
    main(module, module.exports, requireAny, __dirname)
  }
}

/** Each command has a cache of the command line, as one for all takes longer to read than a small command runs. */
function cacheAssets() {
  const names = Buffer.from(getRawAsset("caches")).toString().split("\n")
  const words = process.argv.slice(2).map((word) => `main-${word.replace(/^--/, "")}`)
  const ofCommand = words.find((word) => names.includes(word)) ?? "main-help"
  return (name) => {
    const cache = name === "main" ? ofCommand : name
    return names.includes(cache) ? Buffer.from(getRawAsset(`cache/${cache}`)) : undefined
  }
}

// All scripts are ASCII, which V8 keeps in half the memory.
if (isSea()) prepare((name) => Buffer.from(getRawAsset(name)).latin1Slice(), cacheAssets())()
else module.exports = { prepare }
