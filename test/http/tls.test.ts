/** Certificates: those of a CA of one's own, and those that are refused, for good and before anything is sent. */
import { describe, expect, it } from "vitest"
import { certificates, httpServer, httpsServer, opensslMissing } from "../support/http-servers.js"
import { requestTo, sender, sendInProcess } from "../support/sender.js"

const REFUSED = { outcome: "unanswered", mayHaveArrived: false, tries: 1, durationMs: expect.any(Number) }

describe.skipIf(opensslMissing)(`https${opensslMissing ? ` (${opensslMissing})` : ""}`, () => {
  it("takes a certificate of a CA that NODE_EXTRA_CA_CERTS names", async () => {
    const own = certificates()
    const server = await httpsServer(own, { body: "fine" })
    const request = requestTo(`${server.origin}/hook`)
    const delivery = await sendInProcess(request, { env: { NODE_EXTRA_CA_CERTS: own.caFile } })
    expect(delivery).toMatchObject({ outcome: "answered", status: 200, body: "fine", tries: 1 })
    expect(server.requests[0]?.body.toString()).toBe(request.body)
  })

  it("refuses one of an unknown CA and says what to do", async () => {
    const server = await httpsServer(certificates())
    expect(await sender().send(requestTo(server.origin))).toEqual({
      ...REFUSED,
      reason: expect.stringMatching(
        /^its certificate is from a CA that is not known here \(\w+\): .* NODE_EXTRA_CA_CERTS$/,
      ),
    })
    expect(server.requests).toEqual([])
  })

  it.each([
    ["for another host", { names: ["DNS:other.test"] }, "its certificate is for another host name: check the URL"],
    ["that has expired", { days: -1 }, "its certificate has expired: it has to be renewed"],
  ])("refuses one %s", async (_, options, reason) => {
    const own = certificates(options)
    const server = await httpsServer(own)
    const delivery = await sendInProcess(requestTo(server.origin), { env: { NODE_EXTRA_CA_CERTS: own.caFile } })
    expect(delivery).toEqual({ ...REFUSED, reason })
    expect(server.requests).toEqual([])
  })

  it("says so when the server does not speak TLS", async () => {
    const server = await httpServer()
    expect(await sender().send(requestTo(`https://127.0.0.1:${server.port}/`))).toEqual({
      ...REFUSED,
      reason: expect.stringMatching(/^TLS could not be agreed on \(\w+\): check that https is right$/),
    })
  })

  it("is not left for http by a redirect", async () => {
    const own = certificates()
    const plain = await httpServer()
    const server = await httpsServer(own, { status: 307, headers: { location: plain.origin }, body: "moved" })
    const delivery = await sendInProcess(requestTo(server.origin), { env: { NODE_EXTRA_CA_CERTS: own.caFile } })
    expect(delivery).toMatchObject({ outcome: "answered", status: 307, body: "moved" })
    expect(plain.requests).toEqual([])
  })
})
