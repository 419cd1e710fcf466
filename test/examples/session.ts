/** Sessions of Markdown files: commands with what they print, played in a real shell with the built command line. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createConnection } from "node:net"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { setTimeout as sleep } from "node:timers/promises"
import { onTestFinished } from "vitest"
import { SHELL_FUNCTION, tempDir } from "../support/cli.js"
import { freePort } from "../support/redis-server.js"

interface Step {
  readonly command: string
  /** What it prints, log lines left out; a line end behind each line. */
  readonly output: string
  readonly status: number
}

/**
 * Starts the servers of the `sh` blocks of a folder's README, then plays the commands of `console` blocks there.
 * @param session the text that holds them; default: the same README
 * @returns the steps as they are shown, and as they were
 */
export async function playReadme(
  folder: string,
  session?: string,
): Promise<{ readonly shown: readonly Step[]; readonly played: readonly Step[] }> {
  const readme = readFileSync(join(folder, "README.md"), "utf8")
  await startServers(folder, readme)
  const shown = stepsIn(session ?? readme)
  return { shown, played: await play(folder, shown) }
}

/** The steps that the `console` blocks show: what stands below a line `$ COMMAND`; each command succeeds. */
function stepsIn(markdown: string): readonly Step[] {
  return blocksIn(markdown, "console")
    .flatMap((block) => block.split(/^\$ /m).slice(1))
    .map((step) => {
      const end = step.indexOf("\n")
      return { command: step.slice(0, end), output: step.slice(end + 1), status: 0 }
    })
}

/** Runs the commands in one shell, as a user would who types them. @returns what they did print */
async function play(folder: string, steps: readonly Step[]): Promise<readonly Step[]> {
  const commands = steps.flatMap(({ command }) => [command, `echo "${MARK} $?"`])
  const script = ["exec 2>&1", SHELL_FUNCTION, ...commands].join("\n")
  const shell = spawn("sh", ["-c", script], { cwd: folder, env: ENVIRONMENT, stdio: ["ignore", "pipe", "inherit"] })
  const parts = [...(await text(shell.stdout)).matchAll(PART)]
  return parts.map(([, output = "", status], i) => ({
    command: steps[i]?.command ?? "",
    output: output.replace(LOG_LINES, ""),
    status: Number(status),
  }))
}

const MARK = "--- status"
const PART = /([\s\S]*?)--- status (\d+)\n/g
const LOG_LINES = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - root - .*\n/gm
const ENVIRONMENT = { PATH: process.env.PATH ?? "", HOME: "/nonexistent" }

const blocksIn = (markdown: string, language: string): readonly string[] =>
  [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, block = ""]) =>
    name === language ? [block] : [],
  )

/**
 * A copy of all examples in which the given ports, wherever they stand, are replaced by free ones.
 * @returns its folder, which is gone after the test
 */
export async function examplesOnFreePorts(ports: readonly number[]): Promise<string> {
  const folder = tempDir()
  cpSync("examples", folder, { recursive: true })
  const free = new Map<string, string>()
  for (const port of ports) free.set(String(port), String(await freePort()))
  const pattern = new RegExp(`\\b(${ports.join("|")})\\b`, "g")
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(pattern, (port) => free.get(port)!),
    )
  }
  return folder
}

/** Starts what the lines of the `sh` blocks start, each a server on the port that it names; they end with the test. */
async function startServers(folder: string, markdown: string): Promise<void> {
  for (const line of blocksIn(markdown, "sh").flatMap((block) => block.trim().split("\n"))) {
    const command = line.replace(/^redis-server /, `${process.env.REDIS_SERVER ?? "redis-server"} `)
    const server = spawn("sh", ["-c", `exec ${command}`], { cwd: folder, env: ENVIRONMENT, stdio: "ignore" })
    onTestFinished(async () => {
      if (server.exitCode === null && server.kill("SIGKILL")) await once(server, "exit")
    })
    while (!(await listens(Number(/\b\d{4,5}\b/.exec(line)?.[0])))) {
      if (server.exitCode !== null) throw new Error(`"${line}" ended with status ${server.exitCode}`)
      await sleep(20)
    }
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: "127.0.0.1" })
  try {
    await once(socket, "connect")
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
