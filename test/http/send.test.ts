/** What is sent, and what is told of each reply or failure; each server is a real one. */
import type { ServerResponse } from "node:http"
import { createServer, type Socket } from "node:net"
import { deflateRawSync, gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { closedPort, httpServer, tcpServer } from "../support/http-servers.js"
import { requestTo, sender, sendInProcess } from "../support/sender.js"

const UNANSWERED = { outcome: "unanswered", durationMs: expect.any(Number) }
const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
/** A request has come in whole: its last byte is the brace of the body. */
const isWhole = (soFar: Buffer) => soFar.at(-1) === 0x7d

describe("what is sent", () => {
  it("is the body byte for byte, the headers as given, and a User-Agent", async () => {
    const server = await httpServer({ body: "{}" })
    const request = requestTo(`${server.origin}/a/b%20c?d=e#f`)
    await sender().send({ ...request, headers: [...request.headers, ["X-Odd", "é"], ["x-custom", "last"]] })
    const [sent] = server.requests
    expect(sent).toMatchObject({ method: "POST", target: "/a/b%20c?d=e" })
    expect(sent?.body.toString()).toBe(request.body)
    expect(sent?.headers).toMatchObject({
      host: `127.0.0.1:${server.port}`,
      "content-type": "application/json; charset=UTF-8",
      "content-length": String(Buffer.byteLength(request.body)),
      accept: "*/*",
      "cache-control": "no-cache",
      authorization: "Bearer s3cr3t-token",
      "x-custom": "last",
      "x-odd": "é",
      "user-agent": "cicdstatemgr/0.0.0-test",
      connection: "close",
    })
    expect(sent?.headers).not.toHaveProperty("transfer-encoding")
  })

  it("takes a User-Agent of the request, and an empty body", async () => {
    const server = await httpServer()
    await sender().send({ url: server.origin, headers: [["user-agent", "mine"]], body: "", repeatable: false })
    expect(server.requests[0]?.headers).toMatchObject({ "user-agent": "mine", "content-length": "0" })
  })
})

describe("an answer", () => {
  it.each([
    ["JSON", { body: '{"ok":true}' }, 200, '{"ok":true}'],
    ["201", { status: 201, body: "made" }, 201, "made"],
    ["204", { status: 204 }, 204, ""],
    ["304", { status: 304 }, 304, ""],
    ["HTML", { headers: { "content-type": "text/html" }, body: "<p>é</p>" }, 200, "<p>é</p>"],
    ["nothing", {}, 200, ""],
    ["a byte order mark and broken UTF-8", { body: Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff]) }, 200, "a\ufffd"],
    ["gzip of nothing", { headers: { "content-encoding": "gzip" } }, 200, ""],
    ["raw deflate", { headers: { "content-encoding": "deflate" }, body: deflateRawSync("small") }, 200, "small"],
    ["a character set as encoding", { headers: { "content-encoding": "UTF-8" }, body: "small" }, 200, "small"],
    ["gzip", { headers: { "content-encoding": "gzip" }, body: gzipSync("small") }, 200, "small"],
    ["400", { status: 400, body: "bad" }, 400, "bad"],
    ["401", { status: 401, body: "who" }, 401, "who"],
    ["404", { status: 404, body: "no" }, 404, "no"],
    ["408", { status: 408 }, 408, ""],
    ["500", { status: 500, body: '{"e":1}' }, 500, '{"e":1}'],
    ["501", { status: 501 }, 501, ""],
  ])("%s is given back as it is, after one try", async (_, answer, status, body) => {
    const server = await httpServer(answer)
    const { send, log } = sender()
    const delivery = await send(requestTo(`${server.origin}/s3cr3t?k=s3cr3t`, { repeatable: true }))
    expect(delivery).toEqual({ outcome: "answered", status, body, tries: 1, durationMs: expect.any(Number) })
    expect(server.requests).toHaveLength(1)
    expect(log).toEqual([
      expect.stringMatching(new RegExp(`^debug POST ${server.origin}: try 1: status ${status}, \\d+ ms$`)),
    ])
  })

  it("of exactly the allowed size has its body", async () => {
    const server = await httpServer({ body: "é".repeat(50) })
    expect(await sender({ maxReplyBytes: 100 }).send(requestTo(server.origin))).toMatchObject({ body: "é".repeat(50) })
  })

  it.each([
    ["too large", { body: "x".repeat(101) }],
    [
      "endless",
      (response: ServerResponse) => {
        response.writeHead(200)
        const more = () => {
          if (response.destroyed) return
          response.write("x".repeat(65_536))
          setImmediate(more)
        }
        more()
      },
    ],
    ["a gzip bomb", { headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(200_000_000)) }],
  ])("that is %s is an answer without a body", async (_, answer) => {
    const server = await httpServer(answer)
    const before = process.memoryUsage().rss
    const delivery = await sender({ maxReplyBytes: 100 }).send(requestTo(server.origin))
    expect(delivery).toMatchObject({ outcome: "answered", status: 200, body: undefined, tries: 1 })
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })
})

describe("no answer", () => {
  it("on a closed port: tried again, nothing went out", async () => {
    const port = await closedPort()
    const { send, log } = sender()
    const reason = "nothing listens there (connection refused)"
    expect(await send(requestTo(`http://127.0.0.1:${port}/s3cr3t`))).toEqual({
      ...UNANSWERED,
      reason,
      mayHaveArrived: false,
      tries: 5,
    })
    expect(log).toHaveLength(5)
    expect(log.join()).not.toContain("s3cr3t")
  })

  it("from an unknown host: tried again, nothing went out", async () => {
    const delivery = await sender().send(requestTo("http://nowhere.invalid/"))
    expect(delivery).toMatchObject({ ...UNANSWERED, mayHaveArrived: false, tries: 5 })
    expect(delivery).toHaveProperty("reason", expect.stringMatching(/^the host name /))
  })

  it("goes out once the server is up", async () => {
    const port = await closedPort()
    const { send } = sender({}, { pauseMs: 200 })
    const sending = send(requestTo(`http://127.0.0.1:${port}/`))
    const server = createServer((socket) => void socket.end("HTTP/1.1 204 Fine\r\n\r\n"))
    setTimeout(() => server.listen(port, "127.0.0.1"), 50)
    expect(await sending).toMatchObject({ outcome: "answered", status: 204 })
    server.close()
  })

  it("from a server that accepts and is silent: it may have arrived, one try", async () => {
    const server = await tcpServer(() => {})
    const delivery = await sender({ timeoutMs: 1000 }).send(requestTo(`http://127.0.0.1:${server.port}/`))
    expect(delivery).toEqual({ ...UNANSWERED, reason: "no reply within 1000 ms", mayHaveArrived: true, tries: 1 })
    expect(server.received.map(String)).toEqual([expect.stringContaining("héllo")])
  })

  it("from a TLS server that is silent: nothing went out, tried again", async () => {
    const server = await tcpServer(() => {})
    const delivery = await sender({ timeoutMs: 300 }).send(requestTo(`https://127.0.0.1:${server.port}/`))
    expect(delivery).toEqual({ ...UNANSWERED, reason: "no connection within 300 ms", mayHaveArrived: false, tries: 5 })
  })

  it.each([
    ["closed without a reply", (socket: Socket) => socket.end(), /before a reply came$/],
    ["reset without a reply", (socket: Socket) => socket.resetAndDestroy(), /before a reply came$/],
    ["closed in the headers", (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nA"), /before a reply came$/],
    ["not HTTP", (socket: Socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"), /^what answers there does not speak HTTP$/],
    [
      "another protocol",
      (socket: Socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
      /before a reply came$/,
    ],
    ["closed in the body", (socket: Socket) => socket.end(`${HEAD}half`), /^the reply \(status 200\) broke off/],
    [
      "reset in the body",
      (socket: Socket) => socket.write(`${HEAD}half`, () => setTimeout(() => socket.resetAndDestroy(), 50)),
      /^the reply \(status 200\) broke off/,
    ],
    [
      "slow in the body",
      (socket: Socket) => socket.write(`${HEAD}half`),
      /^the reply \(status 200\) was not complete within 1000 ms$/,
    ],
    [
      "broken gzip",
      (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf"),
      /^the reply \(status 200\) cannot be decompressed/,
    ],
  ])("as it is %s: it may have arrived, one try", async (_, onRequest, reason) => {
    const server = await tcpServer((socket, soFar) => isWhole(soFar) && onRequest(socket))
    const delivery = await sender({ timeoutMs: 1000 }).send(
      requestTo(`http://127.0.0.1:${server.port}/`, { repeatable: true }),
    )
    expect(delivery).toEqual({ ...UNANSWERED, reason: expect.stringMatching(reason), mayHaveArrived: true, tries: 1 })
    expect(server.received).toHaveLength(1)
  })
})

describe("a request that cannot be sent", () => {
  it.each([
    ["", "the URL is not valid: it has to begin with http:// or https://"],
    ["/s3cr3t", "the URL is not valid: it has to begin with http:// or https://"],
    ["http://", "the URL is not valid: it has to begin with http:// or https://"],
    ["ftp://example.test/s3cr3t", "the URL is neither http nor https"],
    ["file:///etc/s3cr3t", "the URL is neither http nor https"],
    ["http://me:s3cr3t@example.test/", "the URL holds a user name or password: send it in a header"],
  ])("because of its URL %j", async (url, reason) => {
    const delivery = await sender().send(requestTo(url))
    expect(delivery).toEqual({ ...UNANSWERED, reason, mayHaveArrived: false, tries: 0 })
  })

  it.each([
    ["X-A", "s3cr3t\n", 'the value of the header "X-A" has a line break'],
    ["X-A", "a\r\nX-B: s3cr3t", 'the value of the header "X-A" has a line break'],
    ["X-A", "s3cr3t ☃", 'the value of the header "X-A" has a character that no header can carry'],
    ["X-A", "s3cr3t\0", 'the value of the header "X-A" has a character that no header can carry'],
    ["X A", "s3cr3t", '"X A" cannot be the name of a header'],
    ["X-A\r\nX-B", "s3cr3t", '"X-A\\r\\nX-B" cannot be the name of a header'],
    ["", "s3cr3t", '"" cannot be the name of a header'],
    ["content-LENGTH", "7", 'the header "content-LENGTH" is set by the connection itself: remove it'],
    ["Host", "other.test", 'the header "Host" is set by the connection itself: remove it'],
  ])("because of its header %j: %j", async (name, value, reason) => {
    const server = await httpServer()
    const delivery = await sender().send(requestTo(server.origin, { headers: [[name, value]] }))
    expect(delivery).toEqual({ ...UNANSWERED, reason, mayHaveArrived: false, tries: 0 })
    expect(server.requests).toEqual([])
  })
})

describe("the process", () => {
  it.each([
    ["an answer of a server that keeps connections", (response: ServerResponse) => response.end("{}"), "answered"],
    ["an answer that is too large", (response: ServerResponse) => response.write("x".repeat(200)), "answered"],
    ["a time-out", () => {}, "unanswered"],
  ])("ends by itself after %s", async (_, answer, outcome) => {
    const server = await httpServer(answer)
    const limits = { maxReplyBytes: 100, timeoutMs: 1000 }
    expect(await sendInProcess(requestTo(server.origin), { limits })).toMatchObject({ outcome })
  })
})
