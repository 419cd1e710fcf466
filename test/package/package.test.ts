/** The packed tarball as its users get it: by an ESM, a CJS and a TypeScript program, and by the packaging linters. */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

let folder: string
let tarball: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "package-"))
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { stdio: ["ignore", "ignore", "inherit"] })
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!)
  // As npm would install it, with the project's own copies of its dependencies.
  const modules = join(folder, "node_modules")
  mkdirSync(modules)
  for (const name of ["ioredis", "yaml", "@types"]) symlinkSync(resolve("node_modules", name), join(modules, name))
  mkdirSync(join(modules, "cicdstatemgr"))
  execFileSync("tar", ["-xzf", tarball, "-C", join(modules, "cicdstatemgr"), "--strip-components=1"])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const BODY = `
async function main() {
  const states = new CicdStateMgr({ cwd: process.argv[2], actor: "consumer" })
  try {
    await states.init("c", { set: ["state.a=1", { set: "state.n", value: 2 }, { append: "state.l", items: ["x", 1.5] }] })
    const { revision } = await states.set("c", [{ increment: "state.n" }, { unset: "state.a" }], { ifRevision: 1 })
    const conflict = await states.set("c", ["state.x=1"], { ifRevision: 1 }).catch((error) => error)
    const missing = await states.get("c", "state.nope", { default: [0] })
    const log = await states.history("c")
    console.log(JSON.stringify({
      revision, state: await states.get("c", "state"), missing, ids: await states.list(),
      typed: conflict instanceof StateError && conflict.code === "REVISION_CONFLICT" && conflict.exitCode === exitCodes.REVISION_CONFLICT,
      actor: log[0].actor, deleted: await states.delete("c"), again: await states.delete("c"),
      untyped: await Promise.all([
        states.get(undefined, "a"), states.get("c"), states.delete(5), states.set("c", "x=1"), states.set("c", [{ foo: 1 }]),
        states.set("c", ["a=1"], { ifRevision: "1" }), states.set("c", [{ set: "a", value: new Date() }]), states.init(),
      ].map((promise) => promise.catch((error) => error.code))),
      rendered: createJinja().render("{{ x }}-{{ '%05.1f' % y }}", parseJson('{"x": 1.0, "y": 2}')),
    }))
  } finally {
    await states.close()
  }
}
main()
`
const PRINTED = {
  revision: 2,
  state: { cicdContextDataId: "c", cicdContextName: "stage", n: 3, l: ["x", 1.5] },
  missing: [0],
  ids: ["c"],
  typed: true,
  actor: "consumer",
  deleted: true,
  again: false,
  untyped: Array(8).fill("USAGE"),
  rendered: "1.0-002.0",
}

describe("the tarball", () => {
  it.each([
    [
      "ESM",
      "esm.mjs",
      'import { CicdStateMgr, StateError, exitCodes } from "cicdstatemgr"\nimport { createJinja, parseJson } from "cicdstatemgr/jinja"',
    ],
    [
      "CJS",
      "cjs.cjs",
      'const { CicdStateMgr, StateError, exitCodes } = require("cicdstatemgr")\nconst { createJinja, parseJson } = require("cicdstatemgr/jinja")',
    ],
  ])("works for an %s program", (kind, file, imports) => {
    writeFileSync(join(folder, file), imports + BODY)
    mkdirSync(join(folder, kind))
    const output = execFileSync(process.execPath, [join(folder, file), join(folder, kind)], { encoding: "utf8" })
    expect(JSON.parse(output)).toEqual(PRINTED)
  })

  it.each(["mts", "cts"])("has types for .%s", (ending) => {
    const file = join(folder, `typed.${ending}`)
    writeFileSync(
      file,
      `import { CicdStateMgr, type Context, StateError } from "cicdstatemgr"
import { createJinja, JinjaError, parseJson } from "cicdstatemgr/jinja"
const states = new CicdStateMgr({ config: { cicdstatemgr: {} } })
export const context: Promise<Context> = states.set("c", ["a=1", { set: "b", value: { c: 1 } }])
export const code: StateError["code"] = "PATH_NOT_FOUND"
export const text: string = createJinja().render("x", parseJson("{}"))
export const kind: JinjaError["pythonClass"] = "TypeError"
// @ts-expect-error an option that does not exist
new CicdStateMgr({ cofnig: "x" })
`,
    )
    const options = [
      "--ignoreConfig",
      "--noEmit",
      "--strict",
      "--module",
      "node16",
      "--target",
      "es2022",
      "--types",
      "node",
      "--skipLibCheck",
      "false",
    ]
    const result = spawnSync("npx", ["tsc", ...options, file], { encoding: "utf8" })
    expect(result.stdout).toBe("")
    expect(result.status).toBe(0)
  })

  it("brings the licences of what is bundled", () => {
    const notices = readFileSync(join(folder, "node_modules/cicdstatemgr/dist/THIRD-PARTY-NOTICES.txt"), "utf8")
    for (const name of ["ioredis", "yaml", "citty"]) expect(notices).toMatch(new RegExp(`^${name} \\d+\\.`, "m"))
    expect(notices).not.toContain("brings no licence text")
  })

  it("brings the command line", () => {
    const cli = join(folder, "node_modules/cicdstatemgr/dist/cli.cjs")
    expect(execFileSync(cli, ["--help"], { encoding: "utf8" })).toContain("cicdstatemgr")
  })

  it("is clean for publint and attw", { timeout: 120_000 }, () => {
    const publint = spawnSync("npx", ["publint", "run", tarball, "--strict"], { encoding: "utf8" })
    expect(publint.stdout + publint.stderr).toMatch(/All good!/)
    const attw = spawnSync("npx", ["attw", tarball, "--profile", "node16", "--no-color"], { encoding: "utf8" })
    expect(attw.stdout).toContain("node16 (from CJS)")
    expect(attw.status, attw.stdout).toBe(0)
  })
})
