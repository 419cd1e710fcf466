/** Real processes for the tests: what only a second process can show is shown by one. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))

/** A script that node runs, and its removal. */
export interface Script {
  readonly path: string
  remove(): Promise<void>
}

/**
 * Bundles a TypeScript module for child processes.
 * @param source its text; imports are resolved from the root of the repository
 */
export async function bundle(source: string): Promise<Script> {
  const folder = await mkdtemp(join(tmpdir(), "worker-"))
  const path = join(folder, "worker.cjs")
  const stdin = { contents: source, resolveDir: ROOT, loader: "ts" as const }
  await build({ stdin, outfile: path, bundle: true, platform: "node", format: "cjs", logLevel: "error" })
  return { path, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** How a child process ended and what it wrote. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A child process; `ended` resolves when it is gone. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when it has written its first line, rejects when it ends without one. */
  readonly firstLine: Promise<void>
}

/** Starts a bundled script. */
export function start(script: Script, args: readonly string[] = []): Running {
  const child = spawn(process.execPath, [script.path, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  const output = { stdout: "", stderr: "" }
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text
  })
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...output })))
  const firstLine = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text
      if (output.stdout.includes("\n")) resolve()
    })
    child.on("close", () => reject(new Error(`the process wrote no line: ${output.stderr}`)))
  })
  firstLine.catch(() => {})
  return { child, ended, firstLine }
}
