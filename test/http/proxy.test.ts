/** Proxies from the environment: plain requests are passed on, https goes through a tunnel, NO_PROXY goes past. */
import { describe, expect, it } from "vitest"
import { proxyFor } from "../../src/http/proxy.js"
import {
  certificates,
  closedPort,
  httpServer,
  httpsServer,
  opensslMissing,
  proxyServer,
  tcpServer,
} from "../support/http-servers.js"
import { requestTo, sender, sendInProcess } from "../support/sender.js"

const UNANSWERED = { outcome: "unanswered", mayHaveArrived: false }

describe("http through a proxy", () => {
  it.each(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])("%s", async (name) => {
    const proxy = await proxyServer()
    const server = await httpServer({ body: "fine" })
    const request = requestTo(`${server.origin}/hook?a=b`)
    const { send, log } = sender({}, { env: { [name]: proxy.origin.replace("//", "//me:s3cr3t%21@") } })
    expect(await send(request)).toMatchObject({ outcome: "answered", status: 200, body: "fine", tries: 1 })
    expect(proxy.requests).toMatchObject([{ method: "POST", target: `${server.origin}/hook?a=b` }])
    expect(proxy.requests[0]?.headers["proxy-authorization"]).toBe(`Basic ${btoa("me:s3cr3t!")}`)
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]?.body.toString()).toBe(request.body)
    expect(server.requests[0]?.headers).toMatchObject({
      host: `127.0.0.1:${server.port}`,
      authorization: "Bearer s3cr3t-token",
      "content-length": String(Buffer.byteLength(request.body)),
    })
    expect(log.join()).not.toContain("s3cr3t")
  })

  it("is told to wait, and waits", async () => {
    const proxy = await proxyServer()
    const server = await httpServer({ status: 503 }, { status: 204 })
    const { send } = sender({}, { env: { HTTP_PROXY: `127.0.0.1:${proxy.port}` } })
    expect(await send(requestTo(server.origin))).toMatchObject({ status: 204, tries: 2 })
  })

  it.each([
    [
      407,
      { ...UNANSWERED, reason: expect.stringMatching(/^the proxy .* wants a user name and password \(status 407\)$/) },
    ],
    [403, { outcome: "answered", status: 403 }],
  ])("that refuses with %i", async (refusal, wanted) => {
    const proxy = await proxyServer({ refusal })
    const { send } = sender({}, { env: { HTTP_PROXY: proxy.origin } })
    expect(await send(requestTo("http://hook.invalid/"))).toMatchObject({ ...wanted, tries: 1 })
    expect(proxy.requests).toHaveLength(1)
  })

  it("that is silent: it may have arrived", async () => {
    const proxy = await tcpServer(() => {})
    const { send } = sender({ timeoutMs: 1000 }, { env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` } })
    expect(await send(requestTo("http://hook.invalid/"))).toMatchObject({
      outcome: "unanswered",
      mayHaveArrived: true,
      tries: 1,
    })
  })
})

describe.skipIf(opensslMissing)(
  `https through a proxy, with certificates${opensslMissing ? ` (${opensslMissing})` : ""}`,
  () => {
    it.each([
      ["HTTPS_PROXY", ""],
      ["https_proxy", "me@"],
    ])("%s", async (name, user) => {
      const own = certificates()
      const proxy = await proxyServer()
      const server = await httpsServer(own, { body: "fine" })
      const env = { NODE_EXTRA_CA_CERTS: own.caFile, [name]: proxy.origin.replace("//", `//${user}`) }
      const delivery = await sendInProcess(requestTo(`${server.origin}/hook`), { env })
      expect(delivery).toMatchObject({ outcome: "answered", status: 200, body: "fine", tries: 1 })
      expect(proxy.tunnels.map(({ authority }) => authority)).toEqual([`localhost:${server.port}`])
      expect(proxy.tunnels[0]?.headers["proxy-authorization"]).toBe(user ? `Basic ${btoa("me:")}` : undefined)
      expect(proxy.tunnels[0]?.headers).not.toHaveProperty("authorization")
      expect(server.requests).toHaveLength(1)
      expect(server.requests[0]?.headers).not.toHaveProperty("proxy-authorization")
    })

    it("refuses a certificate of an unknown CA there too", async () => {
      const proxy = await proxyServer()
      const server = await httpsServer(certificates())
      const delivery = await sender({}, { env: { HTTPS_PROXY: proxy.origin } }).send(requestTo(server.origin))
      expect(delivery).toMatchObject({ ...UNANSWERED, tries: 1 })
      expect(delivery).toHaveProperty("reason", expect.stringContaining("NODE_EXTRA_CA_CERTS"))
      expect(server.requests).toEqual([])
    })
  },
)

describe("https through a proxy", () => {
  it.each([
    [407, 1, "wants a user name and password (status 407)"],
    [403, 1, "does not connect us (status 403)"],
    [503, 5, "does not connect us (status 503)"],
  ])("whose tunnel is refused with %i: nothing went out", async (refusal, tries, reason) => {
    const proxy = await proxyServer({ refusal })
    const env = { HTTPS_PROXY: `http://me:s3cr3t@127.0.0.1:${proxy.port}` }
    const delivery = await sender({}, { env }).send(requestTo("https://hook.invalid/"))
    expect(delivery).toMatchObject({ ...UNANSWERED, reason: `the proxy 127.0.0.1:${proxy.port} ${reason}`, tries })
    expect(proxy.tunnels).toHaveLength(tries)
  })

  it("that is silent: nothing went out", async () => {
    const proxy = await tcpServer(() => {})
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }
    expect(await sender({ timeoutMs: 300 }, { env }).send(requestTo("https://hook.invalid/"))).toMatchObject({
      ...UNANSWERED,
      reason: `no connection within 300 ms, by way of the proxy 127.0.0.1:${proxy.port}`,
      tries: 5,
    })
  })
})

it.each(["http", "https"])("a closed proxy is named, without its password (%s)", async (scheme) => {
  const port = await closedPort()
  const env = { ALL_PROXY: `http://me:s3cr3t@127.0.0.1:${port}` }
  expect(await sender({}, { env }).send(requestTo(`${scheme}://hook.invalid/`))).toMatchObject({
    ...UNANSWERED,
    reason: `the proxy 127.0.0.1:${port}: nothing listens there (connection refused)`,
    tries: 5,
  })
})

it.each(["socks5://127.0.0.1:1", "http://[s3cr3t", "://"])(
  "an address that is none of a proxy: %s",
  async (address) => {
    const delivery = await sender({}, { env: { HTTP_PROXY: address } }).send(requestTo("http://hook.invalid/"))
    const reason = "HTTP_PROXY (or ALL_PROXY) is not the address of an http or https proxy"
    expect(delivery).toMatchObject({ ...UNANSWERED, reason, tries: 1 })
  },
)

describe("which proxy", () => {
  const all = { http_proxy: "http://h", https_proxy: "http://s", ALL_PROXY: "http://a" }
  it.each([
    ["http://x/", all, "h"],
    ["https://x/", all, "s"],
    ["https://x/", { HTTP_PROXY: "http://h" }, undefined],
    ["https://x/", { ALL_PROXY: "http://a", https_proxy: "" }, "a"],
    ["http://x/", { http_proxy: "http://small", HTTP_PROXY: "http://large" }, "small"],
    ["http://x/", {}, undefined],
  ])("%s with %o", (url, env, host) => {
    expect(proxyFor(new URL(url), env)?.url.host).toBe(host)
  })

  it.each([
    ["http://x.example.test/", "*", true],
    ["http://x.example.test/", "example.test", true],
    ["http://x.example.test/", ".example.test", true],
    ["http://x.example.test/", "*.example.test", true],
    ["http://X.Example.TEST/", "a.test, EXAMPLE.test", true],
    ["http://x.example.test/", "a.test ample.test", false],
    ["http://example.test/", "x.example.test", false],
    ["http://example.test/", "example.test:80", true],
    ["https://example.test/", "example.test:80", false],
    ["http://example.test:8080/", "example.test:8080", true],
    ["http://10.1.2.3/", "10.1.2.3", true],
    ["http://10.1.2.3/", "10.0.0.0/8", true],
    ["http://11.1.2.3/", "10.0.0.0/8", false],
    ["http://10.1.2.3/", "10.0.0.0/99,x/y", false],
    ["http://host/", "10.0.0.0/8", false],
    ["http://[::1]/", "::1", true],
    ["http://[::1]:81/", "[::1]:81", true],
    ["http://[fd00::5]/", "fd00::/8", true],
    ["http://example.test/", ", ", false],
  ])("%s with NO_PROXY=%s: past it %s", (url, entries, isPast) => {
    for (const name of ["no_proxy", "NO_PROXY"]) {
      const proxy = proxyFor(new URL(url), { ALL_PROXY: "http://p", [name]: entries })
      expect(proxy === undefined).toBe(isPast)
    }
  })

  it("NO_PROXY is looked at anew after a redirect, and the two ways do not get in each other's way", async () => {
    const proxy = await proxyServer()
    const direct = await httpServer({ body: "fine" })
    const server = await httpServer({ status: 307, headers: { location: direct.origin } })
    const url = `http://localhost:${server.port}/`
    const delivery = await sendInProcess(requestTo(url), { env: { HTTP_PROXY: proxy.origin, NO_PROXY: "127.0.0.1" } })
    expect(delivery).toMatchObject({ outcome: "answered", status: 200, body: "fine", tries: 1 })
    expect(proxy.requests.map(({ target }) => target)).toEqual([url])
    expect(direct.requests[0]?.headers).toMatchObject({ connection: "close" })
  })
})
