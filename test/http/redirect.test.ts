/** Redirects: what goes on to where, and what is told of it. */
import type { ServerResponse } from "node:http"
import { describe, expect, it } from "vitest"
import { closedPort, httpServer } from "../support/http-servers.js"
import { requestTo, sender } from "../support/sender.js"

const to = (location: string, status = 307) => ({ status, headers: { location }, body: "moved" })
const FINE = { body: "fine" }
const warnings = (log: readonly string[]) => log.filter((line) => line.startsWith("warn"))

describe("within an origin", () => {
  it.each([307, 308])("%i sends all of it again", async (status) => {
    const server = await httpServer(to("/next?a=b", status), FINE)
    const request = requestTo(`${server.origin}/first`)
    const { send, log } = sender()
    expect(await send(request)).toMatchObject({ outcome: "answered", status: 200, body: "fine", tries: 1 })
    const [first, second] = server.requests
    expect(second).toMatchObject({ method: "POST", target: "/next?a=b", headers: first?.headers })
    expect(second?.body.toString()).toBe(request.body)
    expect(log).toEqual([
      `debug POST ${server.origin}: redirected (${status}) to ${server.origin}`,
      expect.stringContaining("try 1: status 200"),
    ])
  })

  it.each([301, 302, 303])("%i becomes a GET without a body, which is told", async (status) => {
    const server = await httpServer(to("login", status), FINE)
    const { send, log } = sender()
    const delivery = await send(requestTo(`${server.origin}/a/first`))
    expect(delivery).toMatchObject({ outcome: "answered", status: 200, body: "fine", tries: 1 })
    expect(delivery).toMatchObject({ mayHaveArrived: true, fetched: { origin: server.origin, redirect: status } })
    const [, second] = server.requests
    expect(second).toMatchObject({ method: "GET", target: "/a/login", body: Buffer.alloc(0) })
    expect(second?.headers).toMatchObject({ accept: "*/*", authorization: "Bearer s3cr3t-token" })
    expect(second?.headers).not.toHaveProperty("content-type")
    expect(warnings(log)).toEqual([])
  })

  it.each([
    ["503", { status: 503 }, { outcome: "answered", status: 503, tries: 1 }],
    [
      "no reply",
      (response: ServerResponse) => response.destroy(),
      { outcome: "unanswered", mayHaveArrived: true, tries: 1 },
    ],
  ])("after a GET in its place, %s is not tried again", async (_, answer, wanted) => {
    const server = await httpServer(to("/login", 302), answer)
    expect(await sender().send(requestTo(server.origin, { repeatable: true }))).toMatchObject(wanted)
    expect(server.requests).toHaveLength(2)
  })

  it("503 behind a 307 is tried again from the start", async () => {
    const server = await httpServer(to("/next"), { status: 503 }, to("/next"), FINE)
    expect(await sender().send(requestTo(server.origin))).toMatchObject({ status: 200, tries: 2 })
    expect(server.requests.map(({ target }) => target)).toEqual(["/", "/next", "/", "/next"])
  })
})

describe("to another origin", () => {
  it.each([
    [307, "POST"],
    [302, "GET"],
  ])("%i takes neither Authorization nor headers of one's own along", async (status, method) => {
    const other = await httpServer(FINE)
    const server = await httpServer(to(`${other.origin}/there`, status))
    await sender().send(requestTo(server.origin))
    const [arrived] = other.requests
    expect(arrived?.method).toBe(method)
    expect(arrived?.rawHeaders.join()).not.toContain("s3cr3t")
    expect(arrived?.headers).toMatchObject({
      accept: "*/*",
      "cache-control": "no-cache",
      "user-agent": expect.any(String),
    })
    if (method === "POST") expect(arrived?.headers["content-type"]).toBe("application/json; charset=UTF-8")
  })

  it("that is closed: named, and nothing has arrived", async () => {
    const port = await closedPort()
    const server = await httpServer(to(`http://127.0.0.1:${port}/s3cr3t`))
    expect(await sender().send(requestTo(server.origin))).toMatchObject({
      outcome: "unanswered",
      reason: `after a redirect to http://127.0.0.1:${port}: nothing listens there (connection refused)`,
      mayHaveArrived: false,
      tries: 5,
    })
  })
})

describe("not followed, so that it is the answer", () => {
  it.each([
    ["no address", { status: 307, body: "moved" }, 0],
    ["another scheme", to("ftp://example.test/s3cr3t"), 1],
    ["credentials", to("http://me:s3cr3t@127.0.0.1/"), 1],
    ["no URL", to("http://["), 1],
    ["300", to("/next", 300), 0],
  ])("%s", async (_, answer, count) => {
    const server = await httpServer(answer, FINE)
    const { send, log } = sender()
    expect(await send(requestTo(server.origin))).toMatchObject({
      outcome: "answered",
      status: answer.status,
      body: "moved",
      tries: 1,
    })
    expect(server.requests).toHaveLength(1)
    expect(warnings(log)).toHaveLength(count)
    expect(log.join()).not.toContain("s3cr3t")
  })

  it("more than five", async () => {
    const server = await httpServer(to("/again"))
    const { send, log } = sender()
    expect(await send(requestTo(server.origin))).toMatchObject({ outcome: "answered", status: 307, tries: 1 })
    expect(server.requests).toHaveLength(6)
    expect(warnings(log)).toEqual([`warn ${server.origin} redirects (307) more than 5 times: not followed`])
  })
})
