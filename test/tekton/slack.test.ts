/** The example's gateway, and its stand-in for Slack, as their own processes. */
import { type ChildProcess, spawn } from "node:child_process"
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { freePort } from "../support/redis-server.js"

const scratch = mkdtempSync(join(tmpdir(), "slack-"))
const file = (name: string) => join(scratch, name)
const processes: ChildProcess[] = []
const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
let listenerStatus: number
let listener: Server
let events: string
const ports: Record<string, number> = {}

beforeAll(async () => {
  writeFileSync(file("signing"), "signing-key\n")
  writeFileSync(file("token"), "the-token\n")
  listener = createServer(async (request, response) => {
    let body = ""
    for await (const chunk of request) body += chunk
    received.push({ headers: request.headers, body })
    response.writeHead(listenerStatus).end('{"eventID": "not for Slack"}')
  }).listen(0, "127.0.0.1")
  await once(listener, "listening")
  events = `http://127.0.0.1:${(listener.address() as { port: number }).port}`
  await Promise.all(["gateway", "echo"].map((program) => start(program)))
})

beforeEach(() => {
  listenerStatus = 202
  received.length = 0
})

afterAll(async () => {
  for (const child of processes) child.kill()
  listener.close()
  listener.closeAllConnections()
  rmSync(scratch, { recursive: true })
})

async function start(program: string, url = events): Promise<number> {
  const port = await freePort()
  const env = {
    PORT: String(port),
    URL_OF_EVENTS: url,
    URL_OF_SLACK: `http://127.0.0.1:${port}`,
    TOKEN_FILE: file("token"),
    SIGNING_KEY_FILE: file("signing"),
  }
  const child = spawn(process.execPath, [`examples/tekton/slack/${program}.mjs`], { env, stdio: "ignore" })
  processes.push(child)
  ports[program] = port
  while (!(await fetch(`http://127.0.0.1:${port}/`).then(Boolean, () => false))) {
    if (child.exitCode !== null) throw new Error(`${program} ended`)
    await sleep(20)
  }
  return port
}

interface Form {
  readonly body: string
  readonly key?: string
  /** Seconds. */
  readonly age?: number
  readonly port?: number
}

async function post({ body, key = "signing-key", age = 0, port = ports.gateway! }: Form) {
  const time = String(Math.floor(Date.now() / 1000) - age)
  const headers = {
    "Content-Type": "application/x-www-form-urlencoded",
    "X-Slack-Request-Timestamp": time,
    "X-Slack-Signature": `v0=${createHmac("sha256", key).update(`v0:${time}:${body}`).digest("hex")}`,
  }
  const reply = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body, headers })
  return [reply.status, await reply.text()]
}

describe("the gateway", () => {
  const payload = JSON.stringify({ type: "block_actions", text: 'a "b" & ü' })
  it.each([
    ["a button", `payload=${encodeURIComponent(payload)}`, payload],
    ["a command", "command=%2Fship&text=shop+v1+dev", '{"command":"/ship","text":"shop v1 dev"}'],
  ])("passes %s on as JSON, with the token, and answers nothing", async (_, body, json) => {
    expect(await post({ body })).toEqual([200, ""])
    expect(received.map((event) => event.body)).toEqual([json])
    expect(received[0]!.headers).toMatchObject({
      "content-type": "application/json",
      "x-cicd-slack-token": "the-token",
    })
  })

  it.each([
    ["another key", { body: "a=1", key: "another" }, 401],
    ["a signature of long ago", { body: "a=1", age: 301 }, 401],
    ["a body of more than 1 MB", { body: `a=${"x".repeat(3_000_000)}` }, 413],
  ])("refuses %s", async (_, form, status) => {
    expect(await post(form)).toEqual([status, ""])
    expect(received).toEqual([])
  })

  it("refuses what has no signature", async () => {
    const reply = await fetch(`http://127.0.0.1:${ports.gateway}/`, { method: "POST", body: "a=1" })
    expect([reply.status, await reply.text()]).toEqual([401, ""])
  })

  it("says so when the listener does not take it, or is not there", async () => {
    listenerStatus = 400
    expect(await post({ body: "a=1" })).toEqual([502, ""])
    const port = await start("gateway", `http://127.0.0.1:${await freePort()}`)
    expect(await post({ body: "a=1", port })).toEqual([502, ""])
  })
})

it.each(["gateway", "echo"])("%s outlives connections that break in the middle of a body", async (program) => {
  for (let i = 0; i < 3; i += 1) {
    const socket = connect(ports[program]!, "127.0.0.1")
    await once(socket, "connect")
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    // A reply to a second request shows that the first one has been read.
    await fetch(`http://127.0.0.1:${ports[program]}/`)
    socket.resetAndDestroy()
    await once(socket, "close")
  }
  await sleep(50)
  const reply = await fetch(`http://127.0.0.1:${ports[program]}/`)
  expect(reply.status).toBe(program === "gateway" ? 401 : 200)
})
