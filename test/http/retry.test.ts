/** Which replies are asked for again, when, and how often. */
import { describe, expect, it } from "vitest"
import { httpServer, tcpServer } from "../support/http-servers.js"
import { requestTo, sender } from "../support/sender.js"

const NOW = new Date("2026-03-01T12:00:00Z")
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toUTCString()
const busy = (status: number, retryAfter?: string) => ({
  status,
  body: "later",
  ...(retryAfter !== undefined && { headers: { "retry-after": retryAfter } }),
})
const FINE = { body: "fine" }

describe("tried again", () => {
  it.each([
    ["429", [busy(429), FINE], false, { status: 200, body: "fine", tries: 2 }],
    ["429 with a Retry-After of no time", [busy(429, "0"), FINE], false, { status: 200, tries: 2 }],
    ["429 with a date in the past", [busy(429, at(-60)), FINE], false, { status: 200, tries: 2 }],
    ["429 with a Retry-After that means nothing", [busy(429, "soon"), FINE], false, { status: 200, tries: 2 }],
    ["503, then 200", [busy(503), busy(503), FINE], false, { status: 200, tries: 3 }],
    ["503 for ever", [busy(503)], false, { status: 503, body: "later", tries: 5 }],
    ["502 of a repeatable request", [busy(502), FINE], true, { status: 200, tries: 2 }],
    ["504 of a repeatable request", [busy(504), FINE], true, { status: 200, tries: 2 }],
    ["502 of another one: not", [busy(502), FINE], false, { status: 502, tries: 1 }],
    ["504 of another one: not", [busy(504), FINE], false, { status: 504, tries: 1 }],
    ["500 of a repeatable request: not", [busy(500), FINE], true, { status: 500, tries: 1 }],
  ])("%s", async (_, answers, repeatable, wanted) => {
    const server = await httpServer(...answers)
    const request = requestTo(server.origin, { repeatable })
    expect(await sender({}, { now: () => NOW }).send(request)).toMatchObject({ outcome: "answered", ...wanted })
    expect(server.requests.map(({ body }) => body.toString())).toEqual(Array(wanted.tries).fill(request.body))
  })

  it.each([
    ["429 and seconds", 429, "1"],
    ["503 and seconds", 503, "1"],
    ["429 and a date", 429, at(1)],
  ])("%s: not before the server wants it", async (_, status, retryAfter) => {
    const times: number[] = []
    const note = (answer: () => void) => {
      times.push(performance.now())
      answer()
    }
    const server = await httpServer(
      (response) => note(() => response.writeHead(status, { "retry-after": retryAfter }).end()),
      (response) => note(() => response.end("fine")),
    )
    expect(await sender({}, { now: () => NOW }).send(requestTo(server.origin))).toMatchObject({ status: 200, tries: 2 })
    expect(times[1]! - times[0]!).toBeGreaterThan(990)
  })

  it.each([
    ["429 and seconds", 429, "3600", 3_600_000],
    ["503 and a date", 503, at(120), 120_000],
    ["429 and as long as the deadline", 429, "10", 10_000],
  ])("%s: not when that is beyond the deadline, and it is said", async (_, status, retryAfter, ms) => {
    const server = await httpServer(busy(status, retryAfter))
    const { send, log } = sender({ deadlineMs: 10_000 }, { now: () => NOW })
    expect(await send(requestTo(server.origin))).toMatchObject({ outcome: "answered", status, tries: 1 })
    expect(log.filter((line) => !line.startsWith("debug"))).toEqual([
      `warn ${server.origin} asks to wait ${ms} ms, beyond the deadline (http.deadlineMs)`,
    ])
  })
})

it("no try begins after the deadline, and none outlasts it", async () => {
  const server = await httpServer(busy(503))
  const { send } = sender({ deadlineMs: 800 }, { pauseMs: 1000 })
  const start = performance.now()
  expect(await send(requestTo(server.origin))).toMatchObject({ outcome: "answered", status: 503 })
  expect(server.requests.length).toBeLessThan(3)
  const silent = await tcpServer(() => {})
  expect(
    await sender({ deadlineMs: 800, timeoutMs: 60_000 }).send(requestTo(`http://127.0.0.1:${silent.port}`)),
  ).toMatchObject({ outcome: "unanswered", tries: 1 })
  expect(performance.now() - start).toBeLessThan(15_000)
})

it("what a 502 may have let through stays in doubt when a later try is refused", async () => {
  const server = await httpServer(busy(502), { status: 400 })
  const delivery = await sender().send(requestTo(server.origin, { repeatable: true }))
  expect(delivery).toMatchObject({ outcome: "answered", status: 400, tries: 2, mayHaveArrived: true })
})

it("what a 502 may have let through stays in doubt when a later try finds nobody", async () => {
  const server = await tcpServer((socket, soFar) => {
    if (soFar.at(-1) === 0x7d) socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", () => server.stop())
  })
  const delivery = await sender().send(requestTo(`http://127.0.0.1:${server.port}`, { repeatable: true }))
  expect(delivery).toMatchObject({ outcome: "unanswered", mayHaveArrived: true, tries: 5 })
})
