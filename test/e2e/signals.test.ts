/** A signal ends a command at once, and leaves what is stored as it was. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { expect, it } from "vitest"
import { COMMAND, tempDir } from "../support/cli.js"

it.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)("%s, while it waits for an answer, ends it with status %i", async (signal, status) => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1")
  await once(silent, "listening")
  const { port } = silent.address() as { port: number }
  const redis = `redis: {host: 127.0.0.1, port: ${port}, isPrimary: true, timeoutMs: 600000}`
  const [program, ...first] = COMMAND
  const child = spawn(program, [...first, "set", "--id", "c", "state.a=1", "--config", "."], {
    cwd: tempDir({ "config.yaml": `cicdstatemgr: {datasources: {${redis}}}\n` }),
    stdio: "ignore",
  })
  try {
    await once(silent, "connection")
    child.kill(signal)
    expect(await once(child, "exit")).toEqual([status, null])
  } finally {
    child.kill("SIGKILL")
    silent.close()
  }
})
