/** TLS and proxies, as the built command line meets them. */
import { describe, expect, it } from "vitest"
import { certificates, httpServer, httpsServer, opensslMissing, proxyServer } from "../support/http-servers.js"
import { expectNoSecrets, GOT, HANDLE, story, TOKEN, WEBHOOK } from "./events-story.js"

const EVENT = { notify: { message: "m", "capture-response-data": [{ from: "{{ body.v }}", to: "state.captured" }] } }

if (opensslMissing) console.warn(opensslMissing)
describe.skipIf(opensslMissing !== undefined)("a server whose certificate is by a CA of one's own", () => {
  it("is trusted with NODE_EXTRA_CA_CERTS only", async () => {
    const own = certificates()
    const server = await httpsServer(own, GOT)
    const { run, runWith, state } = story({ url: server.origin, event: EVENT })
    const refused = await run(...HANDLE)
    expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining("NODE_EXTRA_CA_CERTS") })
    expectNoSecrets(refused.stderr)
    expect([server.requests, state()]).toEqual([[], {}])
    expect(await runWith({ NODE_EXTRA_CA_CERTS: own.caFile }, ...HANDLE)).toMatchObject({ status: 0 })
    expect(server.requests).toHaveLength(1)
    expect(state()).toEqual({ captured: "got" })
  })

  it("gets the token through the proxy's tunnel, unseen by the proxy", async () => {
    const own = certificates()
    const server = await httpsServer(own, GOT)
    const proxy = await proxyServer()
    const { runWith, state } = story({ url: server.origin, event: EVENT })
    const env = { NODE_EXTRA_CA_CERTS: own.caFile, HTTPS_PROXY: proxy.origin.replace("//", "//user:proxy-pass@") }
    const { status, stderr } = await runWith(env, ...HANDLE, "--log-level", "debug")
    expect(status).toBe(0)
    expect(stderr).not.toMatch(/proxy-pass|dXNlcjpwcm94eS1wYXNz/)
    expectNoSecrets(stderr)
    expect(proxy.tunnels).toEqual([expect.objectContaining({ authority: new URL(server.origin).host })])
    expect(JSON.stringify(proxy.tunnels)).not.toContain(TOKEN)
    expect(server.requests[0]!.headers).toMatchObject({ authorization: `Bearer ${TOKEN}` })
    expect(server.requests[0]!.headers["proxy-authorization"]).toBeUndefined()
    expect(state()).toEqual({ captured: "got" })
  })
})

describe("a proxy", () => {
  it("gets what goes to http, unless NO_PROXY names the host", async () => {
    const [server, proxy] = [await httpServer(GOT), await proxyServer()]
    const { runWith } = story({ url: server.origin, event: EVENT })
    expect(await runWith({ HTTP_PROXY: proxy.origin }, ...HANDLE)).toMatchObject({ status: 0 })
    expect([server.requests.length, proxy.requests.length + proxy.tunnels.length]).toEqual([1, 1])
    expect(await runWith({ HTTP_PROXY: proxy.origin, NO_PROXY: "x.test,127.0.0.1" }, ...HANDLE)).toMatchObject({
      status: 0,
    })
    expect([server.requests.length, proxy.requests.length + proxy.tunnels.length]).toEqual([2, 1])
    expect(server.requests.map(({ target }) => target)).toEqual([WEBHOOK, WEBHOOK])
  })

  it("that refuses is told of, without its password", async () => {
    const [server, proxy] = [await httpServer(GOT), await proxyServer({ refusal: 407 })]
    const { runWith } = story({ url: server.origin, event: EVENT })
    const { status, stderr } = await runWith(
      { HTTP_PROXY: proxy.origin.replace("//", "//user:proxy-pass@") },
      ...HANDLE,
    )
    expect(status).toBe(3)
    expect(stderr).toMatch(/proxy|407/)
    expect(stderr).not.toContain("proxy-pass")
    expectNoSecrets(stderr)
    expect(server.requests).toEqual([])
  })
})
