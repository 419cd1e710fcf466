/** Runs the built command line in a folder of its own. */
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { onTestFinished } from "vitest"

/** The command line under test: the bundle, or the binary that CICD_CLI names. */
export const CLI = resolve(process.env.CICD_CLI || "dist/cli.cjs")
if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run "npm run build" first`)

/** How it is run: a program and its first arguments. */
export const COMMAND: readonly [string, ...string[]] = CLI.endsWith(".cjs") ? [process.execPath, CLI] : [CLI]

/** Defines `cicdstatemgr` in a shell script. */
export const SHELL_FUNCTION = `cicdstatemgr() { ${COMMAND.map((word) => `"${word}"`).join(" ")} "$@"; }`

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder with the given files that is gone after the test. */
export function tempDir(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "cicdstatemgr-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

const environment = (extra: Readonly<Record<string, string>>) => ({
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  ...extra,
})

/** `cicdstatemgr ARGS` in a folder. */
export function cli(
  folder: string,
  args: readonly string[],
  { env = {}, input = "" }: { env?: Record<string, string>; input?: string } = {},
): Outcome {
  const options = { cwd: folder, env: environment(env), input, encoding: "utf8", maxBuffer: 1 << 28 } as const
  const [program, ...first] = COMMAND
  return spawnSync(program, [...first, ...args], options)
}

/** As {@link cli}, without waiting. */
export function cliAsync(folder: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((done, fail) => {
    const [program, ...first] = COMMAND
    const child = spawn(program, [...first, ...args], {
      cwd: folder,
      env: environment({}),
      stdio: ["ignore", "pipe", "pipe"],
    })
    const out: string[] = []
    const err: string[] = []
    child.stdout.on("data", (chunk) => out.push(String(chunk)))
    child.stderr.on("data", (chunk) => err.push(String(chunk)))
    child.on("error", fail)
    child.on("close", (status) => done({ status, stdout: out.join(""), stderr: err.join("") }))
  })
}
