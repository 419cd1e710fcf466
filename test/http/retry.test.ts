/** Which replies are asked for again, when, and how often. */
import { describe, expect, it } from "vitest"
import { pauseBeforeNext } from "../../src/http/retry.js"
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
    const waits: number[] = []
    const sleep = async (ms: number) => void waits.push(ms)
    const server = await httpServer(busy(status, retryAfter), FINE)
    const { send } = sender({}, { now: () => NOW, sleep })
    expect(await send(requestTo(server.origin))).toMatchObject({ status: 200, tries: 2 })
    expect(waits).toEqual([1000])
  })

  it.each([
    ["429 and seconds", 429, "3600", "3600000 ms"],
    ["503 and a date", 503, at(120), "120000 ms"],
    ["429 and as long as the deadline", 429, "10", "10000 ms"],
    ["429 and a long time", 429, "86401", "more than a day"],
    ["503 and more than a number holds", 503, "9".repeat(400), "more than a day"],
  ])("%s: not when that is beyond the deadline, and it is said", async (_, status, retryAfter, time) => {
    const server = await httpServer(busy(status, retryAfter))
    const { send, log } = sender({ deadlineMs: 10_000 }, { now: () => NOW })
    expect(await send(requestTo(server.origin))).toMatchObject({ outcome: "answered", status, tries: 1 })
    expect(log.filter((line) => !line.startsWith("debug"))).toEqual([
      `warn ${server.origin} asks to wait ${time}, beyond the deadline (http.deadlineMs)`,
    ])
  })
})

describe("the deadline", () => {
  const refused = { outcome: "answered", status: 503, body: "", retryAfter: null, fetched: undefined } as const
  const situation = { tries: 1, repeatable: false, pauseMs: 1000, now: NOW }

  it.each([
    [1, 500, 1000],
    [2, 1000, 2000],
    [4, 4000, 8000],
  ])("after %i tries there is a pause of %i to %i ms, if that much is left", (tries, least, most) => {
    const pause = (remainingMs: number) => pauseBeforeNext(refused, { ...situation, tries, remainingMs })
    for (let i = 0; i < 100; i++) {
      expect(pause(least)).toBeUndefined()
      const { waitMs } = pause(most + 1) as { waitMs: number }
      expect(waitMs).toBeGreaterThanOrEqual(least)
      expect(waitMs).toBeLessThanOrEqual(most)
    }
  })

  it("no try begins after it", async () => {
    const server = await httpServer(busy(503))
    const { send } = sender({ deadlineMs: 60_000 }, { pauseMs: 1_000_000 })
    expect(await send(requestTo(server.origin))).toMatchObject({ outcome: "answered", status: 503, tries: 1 })
    expect(server.requests).toHaveLength(1)
  })

  it("no try outlasts it", async () => {
    const silent = await tcpServer(() => {})
    const { send } = sender({ deadlineMs: 800, timeoutMs: 3_600_000 })
    const delivery = await send(requestTo(`http://127.0.0.1:${silent.port}`))
    expect(delivery).toMatchObject({ outcome: "unanswered", tries: 1 })
  })
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
