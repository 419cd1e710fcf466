// A program that keeps its connections: commits one update after the other, and says of each when it begins and ends.
// Usage: node library-writer.mjs '{"library": PATH, "id", "config", "secrets", "outputDir", "tokens": [...]}'
const { library, id, tokens, ...options } = JSON.parse(process.argv[2])
const { CicdStateMgr } = await import(library)
const nothing = () => {}
const logger = { error: nothing, warn: nothing, info: nothing, debug: nothing }
const states = new CicdStateMgr({ ...options, logger })
// A pipe takes a line at once: what was acknowledged is known though the process is killed right after.
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

for (const token of tokens) {
  tell({ token })
  const started = performance.now()
  const outcome = await states.set(id, [`state.log[]=${token}`, `state.last=${token}`, { increment: "state.n" }]).then(
    () => ({ status: 0, stderr: "" }),
    ({ exitCode = 1, message, hint }) => ({ status: exitCode, stderr: `${message} (${hint})` }),
  )
  tell({ token, ...outcome, ms: performance.now() - started })
}
await states.close()
