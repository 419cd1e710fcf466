// The library in processes of its own, half of which are killed at a random moment.
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const KILL_SHARE = 0.5
const SCRIPT = fileURLToPath(new URL("library-writer.mjs", import.meta.url))

/**
 * Commits an update for each token, as far as it comes.
 * @param options of the manager, with `library`, `id` and `tokens`
 * @param onOutcome is told the outcome of each update that was begun, as a command line's; killed: the last one
 */
export async function libraryWriter(options, cwd, onOutcome) {
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify(options)], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
  })
  const started = performance.now()
  let current
  const killAfter = Math.random() < KILL_SHARE ? Math.floor(Math.random() * options.tokens.length) : Infinity
  let done = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const { token, ...outcome } = JSON.parse(line)
    if (outcome.status === undefined) current = token
    else {
      current = undefined
      onOutcome(token, outcome)
    }
    // Somewhere in the next commit: it takes about as long as those before.
    if (++done / 2 > killAfter)
      setTimeout(() => child.kill("SIGKILL"), (Math.random() * (performance.now() - started)) / done)
  }
  if (current) onOutcome(current, { status: null, killed: true })
}
