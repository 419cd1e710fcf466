// The built command line as child processes, some of which are killed at a random moment.
import { spawn } from "node:child_process"

const KILL_SHARE = 0.1

/** @returns a function that runs it with arguments: `{status, killed, stdout, stderr, ms}` */
export function commandLine(path, cwd) {
  const [program, ...first] = path.endsWith(".cjs") ? [process.execPath, path] : [path]
  const env = { PATH: process.env.PATH, HOME: "/nonexistent" }
  /** A guess at how long a command takes, so that the kills fall into all of its parts. */
  let usualMs = 300

  return (args, { mayKill = false } = {}) =>
    new Promise((done, fail) => {
      const started = performance.now()
      const child = spawn(program, [...first, ...args, "--log-level", "error"], {
        cwd,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      })
      const [out, err] = [[], []]
      child.stdout.on("data", (chunk) => out.push(chunk))
      child.stderr.on("data", (chunk) => err.push(chunk))
      const doom = mayKill && Math.random() < KILL_SHARE
      const killer = doom && setTimeout(() => child.kill("SIGKILL"), Math.random() * usualMs * 1.2)
      child.on("error", fail)
      child.on("close", (status, signal) => {
        clearTimeout(killer)
        const ms = performance.now() - started
        if (status === 0) usualMs = 0.95 * usualMs + 0.05 * ms
        const text = (chunks) => Buffer.concat(chunks).toString()
        done({ status, killed: signal === "SIGKILL", stdout: text(out), stderr: text(err), ms })
      })
    })
}
