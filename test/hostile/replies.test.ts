/** What a server may answer to a delivery: beside the failures of the network, replies made to harm who reads them. */
import type { Socket } from "node:net"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { CAPTURE, expectNoSecrets, HANDLE, story } from "../e2e/events-story.js"
import { httpServer, tcpServer } from "../support/http-servers.js"
import { expectBounded, inProcess, measuredBeside, python } from "./bounded.js"

const EVENT = {
  notify: { message: "m", "capture-response-data": CAPTURE },
  "set-values": { set: [{ from: "1", to: "state.end" }] },
}

async function answered(url: string) {
  const { folder, state } = story({ url, event: EVENT, http: { timeoutMs: 2000, deadlineMs: 4000 }, init: false })
  const env = {
    CICDSTATEMGR_CONFIG_PATH: "config.yaml",
    CICDSTATEMGR_SECRETS_PATH: "secrets.yaml",
    CICDSTATEMGR_CONTEXT_DATA_ID: "c",
  }
  expect(await inProcess(folder, ["init", "c", "--app-config", "app.yaml"], env)).toMatchObject({ status: 0 })
  const outcome = await measuredBeside({ folder, args: HANDLE, env })
  expectNoSecrets(outcome.stderr)
  // Whatever came: the other handlers ran, and what they set is stored.
  expect(state()).toMatchObject({ end: "1" })
  return { ...outcome, state: state() }
}

const OK = "HTTP/1.1 200 OK\r\n"
const once = (text: string | Buffer) => (socket: Socket) => void socket.end(text)
/** Writes the same again and again, until the other side has had enough. */
const forever = (start: string, more: string | Buffer) => (socket: Socket) => {
  socket.on("error", () => {})
  socket.write(start)
  const write = () => {
    while (!socket.destroyed && socket.write(more));
  }
  socket.on("drain", write)
  write()
}

const RAW: Readonly<Record<string, readonly [answer: (socket: Socket) => void, statuses: readonly number[]]>> = {
  "no HTTP at all": [once("220 mail.example.test ESMTP\r\n"), [3]],
  "random bytes": [once(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256))), [3]],
  "an empty line": [once("\r\n\r\n"), [3]],
  "a status of no number": [once("HTTP/1.1 abc OK\r\n\r\n"), [3]],
  "a status of 999": [once("HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n"), [3]],
  "a status line without an end": [forever("HTTP/1.1 200 ", "x".repeat(65_536)), [3]],
  "headers without an end": [forever(OK, "X-A: b\r\n".repeat(1000)), [3]],
  "one header without an end": [forever(`${OK}X-A: `, "b".repeat(65_536)), [3]],
  "a header with a NUL": [once(`${OK}X-A: b\0c\r\nContent-Length: 2\r\n\r\n{}`), [0, 3]],
  "a header that forges a log line": [once(`${OK}Location: a\u001b[2J\r\nContent-Length: 2\r\n\r\n{}`), [0, 3]],
  "two lengths": [once(`${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`), [3]],
  "a negative length": [once(`${OK}Content-Length: -1\r\n\r\n{}`), [3]],
  "a huge length": [once(`${OK}Content-Length: 99999999999999999999\r\n\r\n{}`), [3]],
  "a length and chunks": [
    once(`${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
    [0, 3],
  ],
  "a chunk of no size": [once(`${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}`), [3]],
  "a chunk of huge size": [once(`${OK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}`), [3]],
  "chunks without an end": [forever(`${OK}Transfer-Encoding: chunked\r\n\r\n`, "1\r\nx\r\n".repeat(5000)), [0, 3]],
  "a chunk extension without an end": [
    forever(`${OK}Transfer-Encoding: chunked\r\n\r\n1;`, "x".repeat(65_536)),
    [0, 3],
  ],
  "trailers without an end": [
    forever(`${OK}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n`, "X-A: b\r\n".repeat(1000)),
    [0, 3],
  ],
  "a body without an end": [forever(`${OK}\r\n`, "x".repeat(65_536)), [0, 3]],
  "hints without an end": [forever("", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(500)), [3]],
  "an upgrade": [once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), [0, 3]],
}

describe.skipIf(!python)("a reply of", () => {
  it.each(Object.entries(RAW))("%s", async (_name, [answer, statuses]) => {
    const { port } = await tcpServer((socket, soFar) => {
      if (soFar.includes("\r\n\r\n") && socket.listenerCount("drain") === 0) answer(socket)
    })
    expectBounded(await answered(`http://127.0.0.1:${port}`), statuses)
  })

  const zeros = Buffer.alloc(200_000_000)
  it.each([
    ["gzip", gzipSync],
    ["br", (bytes: Buffer) => brotliCompressSync(bytes, { params: { 1: 1 } })],
    ["deflate", deflateSync],
  ])("a bomb of %s", async (encoding, compress) => {
    const server = await httpServer({ headers: { "content-encoding": encoding }, body: compress(zeros) })
    const { state, megabytes } = expectBounded(await answered(server.origin), [0]) as Awaited<
      ReturnType<typeof answered>
    >
    expect(state).toEqual({ end: "1" })
    expect(megabytes).toBeLessThan(200)
  })

  it.each([
    ["what is no gzip", { "content-encoding": "gzip" }, '{"v": 1}', [0, 3]],
    ["half a gzip", { "content-encoding": "gzip" }, gzipSync('{"v": "got"}').subarray(0, 12), [0, 3]],
    ["an unknown coding", { "content-encoding": "zstd-x" }, '{"v": 1}', [0, 3]],
    ["many codings", { "content-encoding": "gzip, ".repeat(500) }, '{"v": 1}', [0, 3]],
    ["deep JSON", {}, "[".repeat(1_000_000), [0]],
    ["JSON of many keys", {}, `{${Array.from({ length: 80_000 }, (_, i) => `"k${i}": 1`)}}`, [0]],
    ["JSON with a huge number", {}, `{"v": ${"9".repeat(900_000)}}`, [0]],
    ["names of prototypes", {}, '{"__proto__": {"v": "evil"}, "constructor": {"prototype": {"v": "evil"}}}', [0]],
    ["invalid UTF-8", {}, Buffer.from([0x7b, 0x22, 0x76, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), [0]],
    ["UTF-16", { "content-type": "application/json; charset=utf-16" }, Buffer.from('{"v": "x"}', "utf16le"), [0]],
    ["another charset", { "content-type": "application/json; charset=nonsense" }, '{"v": "got"}', [0]],
  ] as const)("%s", async (_name, headers, body, statuses) => {
    const server = await httpServer({ headers, body: body as string | Buffer })
    const { state } = expectBounded(await answered(server.origin), statuses) as Awaited<ReturnType<typeof answered>>
    expect(JSON.stringify(state)).not.toContain("evil")
  })
})
