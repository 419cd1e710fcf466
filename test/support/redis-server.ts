/**
 * A real Redis for tests: a process of its own on a free loopback port, in a folder of its own. REDIS_SERVER names
 * another binary than redis-server, to test another version or Valkey.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"

const SERVER = process.env.REDIS_SERVER ?? "redis-server"
const isInstalled = (command: string) => spawnSync(command, ["--version"]).status === 0

/** Why tests that need Redis are skipped, or undefined when it is there. */
export const redisMissing: string | undefined = [SERVER, "redis-cli"].every(isInstalled)
  ? undefined
  : `skipped: ${SERVER} or redis-cli is not installed (Debian packages redis-server and redis-tools)`

export interface RedisServer {
  readonly host: string
  readonly port: number
  /** Its folder, where it saves. */
  readonly folder: string
  /** Runs redis-cli on it. @returns what it printed, without the last line end */
  cli(...args: string[]): Promise<string>
  /** Stops the process (SIGSTOP): it still accepts connections, and never answers. */
  pause(): void
  resume(): void
  /** Kills the process (SIGKILL) and starts it again, with what it finds in its folder. */
  restart(): Promise<void>
  /** Kills the process and waits until it is gone; its folder is removed. */
  stop(): Promise<void>
}

export interface RedisServerOptions {
  /** Users as `ACL SETUSER` takes them: `ann on >secret ~* +@all`. */
  readonly users?: readonly string[]
  /** Further arguments of redis-server. */
  readonly args?: readonly string[]
  /** Return at once, not when it answers: it may be meant to be loading. */
  readonly isLoading?: boolean
  /** Another server program than that of all tests. */
  readonly program?: string
  /** Be a Sentinel with this config file. */
  readonly sentinelConfig?: string
}

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const host = "127.0.0.1"
  const port = await freePort(host)
  const folder = await mkdtemp(join(tmpdir(), "redis-"))
  const users = (options.users ?? []).flatMap((user) => ["--user", ...user.split(" ")])
  const own = ["--bind", host, "--port", String(port), "--dir", folder, "--loglevel", "warning"]
  const mode = options.sentinelConfig === undefined ? ["--save", ""] : ["--sentinel"]
  const config = await configFile(folder, options.sentinelConfig)
  const args = [...config, ...own, ...mode, ...users, ...(options.args ?? [])]
  const launch = () => spawn(options.program ?? SERVER, args, { stdio: ["ignore", "pipe", "pipe"] })
  const end = async () => {
    if (child.exitCode === null && child.kill("SIGKILL")) await once(child, "exit")
  }
  let child = launch()
  const killAtExit = () => child.kill("SIGKILL")
  process.once("exit", killAtExit)

  const cli = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)("redis-cli", ["-h", host, "-p", String(port), ...args])
    return stdout.replace(/\n$/, "")
  }
  if (!options.isLoading) await answers(child, cli)
  return {
    host,
    port,
    folder,
    cli,
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    async restart() {
      await end()
      child = launch()
      await answers(child, cli)
    },
    async stop() {
      process.off("exit", killAtExit)
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

// A Sentinel writes what it learns into its config file.
async function configFile(folder: string, text: string | undefined): Promise<readonly string[]> {
  if (text === undefined) return []
  const path = join(folder, "sentinel.conf")
  await writeFile(path, text)
  return [path]
}

/** A port that nothing listens on just now. */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no port")
  return address.port
}

// Any answer will do: a server that asks for a password is up as well.
async function answers(child: ChildProcess, cli: RedisServer["cli"]): Promise<void> {
  let output = ""
  child.stdout?.on("data", (data) => {
    output += data
  })
  child.stderr?.on("data", (data) => {
    output += data
  })
  while (child.exitCode === null) {
    if (/PONG|NOAUTH|NOPERM/.test(await cli("PING").catch(() => ""))) return
    await sleep(20)
  }
  throw new Error(`redis-server ended: ${output}`)
}
