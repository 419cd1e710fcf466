/** What only the binaries have: a runtime inside that nothing outside reaches, and their own licences and sums. */
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, existsSync, readFileSync, statSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { describe, expect, it } from "vitest"
import { tempDir } from "../support/cli.js"

const { version } = JSON.parse(readFileSync("package.json", "utf8"))
const BINARY = resolve("dist/cicdstatemgr")
const isInstalled = (command: string) => spawnSync(command, ["--version"]).status === 0

const isBuilt = existsSync(BINARY)
if (!isBuilt) console.warn('skipped: the tests of the binaries need them ("npm run build:binary", on Linux)')

const EMULATOR = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"] as const
const emulates = isInstalled(EMULATOR[0]) && existsSync("/usr/aarch64-linux-gnu/lib/libstdc++.so.6")
if (!emulates)
  console.warn("skipped: the binary for arm64 needs qemu-user-static, libc6-arm64-cross and libstdc++6-arm64-cross")

const strips = ["llvm-strip", "aarch64-linux-gnu-strip"].some(isInstalled) && isInstalled("strip")
if (!strips) console.warn("skipped: the size of the binaries needs strip for both processors (Debian package llvm)")

describe.skipIf(!isBuilt)("the binary", () => {
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync(BINARY, args, { env, cwd: tempDir(), encoding: "utf8" })

  it("needs no environment, and says nothing on stderr", () => {
    expect(run(["--version"])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" })
  })

  it.each([
    ["NODE_OPTIONS", "--require=/nonexistent.js"],
    ["NODE_OPTIONS", "--no-such-option"],
  ])("is not reached by %s=%s", (name, value) => {
    expect(run(["--version"], { [name]: value })).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" })
  })

  it("takes options of Node as its own arguments", () => {
    expect(run(["--eval", "console.log(1)"])).toMatchObject({ status: 2, stdout: "" })
  })

  it("prints the licences of all that it holds", () => {
    const { stdout, stderr } = run(["--licenses"])
    expect(stdout).toContain(readFileSync("LICENSE", "utf8"))
    expect(stdout).toContain(readFileSync("dist/THIRD-PARTY-NOTICES.txt", "utf8"))
    expect(stdout).toMatch(/^Node\.js 24\.\d+\.\d+$/m)
    expect(stdout).toContain("V8, located at deps/v8, is licensed as follows")
    expect(stderr).toBe("")
  })

  it("has the sum that stands beside it", () => {
    expect(spawnSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: "dist" }).status).toBe(0)
  })

  it.skipIf(!strips).each(["x64", "arm64"])("is at most 115 MB (%s)", (arch) => {
    expect(statSync(`dist/cicdstatemgr-linux-${arch}`).size).toBeLessThan(115e6)
  })

  it("is no part of the npm package", () => {
    const [{ files }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { encoding: "utf8" }))
    const names = files.map((file: { path: string }) => file.path)
    expect(names).toContain("dist/cli.cjs")
    expect(names.filter((name: string) => /cicdstatemgr-linux|SHA256SUMS|release|packaging|binary/.test(name))).toEqual(
      [],
    )
  })

  it("is the same when built again, in another folder", { timeout: 120_000 }, () => {
    const folder = tempDir()
    for (const file of ["LICENSE", "dist/binary", "dist/THIRD-PARTY-NOTICES.txt"])
      cpSync(file, join(folder, file), { recursive: true })
    symlinkSync(resolve("packaging"), join(folder, "packaging"))
    execFileSync(process.execPath, [resolve("scripts/build-binary.mjs")], { cwd: folder, stdio: "pipe" })
    expect(readFileSync(join(folder, "dist/SHA256SUMS"), "utf8")).toBe(readFileSync("dist/SHA256SUMS", "utf8"))
  })
})

describe.skipIf(!isBuilt || !emulates)("the binary for arm64", () => {
  const binary = resolve("dist/cicdstatemgr-linux-arm64")
  const run = (folder: string, ...args: string[]) => {
    const [command, ...first] = EMULATOR
    const env = { PATH: process.env.PATH, CICDSTATEMGR_CONTEXT_DATA_ID: "c" }
    return spawnSync(command, [...first, binary, ...args], { cwd: folder, env, encoding: "utf8" })
  }

  it("prints its version, and nothing else", () => {
    expect(run(tempDir(), "--version")).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" })
  })

  it("keeps a context and reads it", () => {
    const folder = tempDir()
    expect(run(folder, "init", "c", "state.n:=12345678901234567890")).toMatchObject({ status: 0, stdout: "c\n" })
    expect(run(folder, "get", "state.n")).toMatchObject({ status: 0, stdout: "12345678901234567890\n" })
  })

  it("renders a template", () => {
    const outcome = run(
      tempDir({ "d.yaml": "names: [a, b]" }),
      "render",
      "{{ names|join('-')|upper }}",
      "--data",
      "d.yaml",
    )
    expect(outcome).toMatchObject({ status: 0, stdout: expect.stringMatching(/^A-B\n?$/) })
  })
})
