/** Imports go one way: bin → cli → commands → stores, jinja → core → data, errors (logger: cli only). */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { describe, expect, it } from "vitest"

const SRC = resolve("src")
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  bin: ["cli"],
  cli: ["cli", "commands", "core", "data", "errors", "logger"],
  index: ["commands", "core", "data", "errors"],
  commands: ["commands", "stores", "http", "jinja", "core", "data", "errors"],
  stores: ["stores", "core", "data", "errors"],
  http: ["http", "core", "data", "errors"],
  jinja: ["jinja", "data"],
  core: ["core", "data", "errors"],
  data: ["data"],
  logger: ["core", "errors"],
  errors: [],
}

const layerOf = (file: string) => relative(SRC, file).replace(/\.ts$/, "").split("/")[0]!
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
  .map((name) => join(SRC, name))

describe("import layers", () => {
  it.each(files.map((file) => [relative(SRC, file), file] as const))("%s", (_, file) => {
    const imports = [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
      (match) => match[1]!,
    )
    const layers = imports.map((specifier) => layerOf(resolve(dirname(file), specifier.replace(/\.js$/, ".ts"))))
    const allowed = ALLOWED[layerOf(file)]
    expect(allowed, "a layer that the table does not know").toBeDefined()
    expect(layers.filter((layer) => !allowed!.includes(layer))).toEqual([])
  })

  it("core reaches neither files, network, processes nor the clock", () => {
    const builtins = files
      .filter((file) => layerOf(file) === "core")
      .flatMap((file) => [...readFileSync(file, "utf8").matchAll(/"node:([^"]+)"/g)].map((match) => match[1]))
    expect([...new Set(builtins)]).toEqual(["crypto"])
  })
})
