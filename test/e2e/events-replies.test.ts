/** What the built command line makes of each kind of reply, and of none: sent, stored, exit status, log. */
import { describe, expect, it } from "vitest"
import { type Answer, closedPort, httpServer, type RecordedRequest } from "../support/http-servers.js"
import { EVENT, expectNoSecrets, GOT, HANDLE, story, TOKEN, TRIGGER_TOKEN, WEBHOOK } from "./events-story.js"

const BODY = '{"text": "say \\"hi\\" \\u2713"}'

const reply = (status: number, body = "", headers: Record<string, string> = {}) => ({ status, body, headers })
const replyJson = (value: unknown, status = 200) =>
  reply(status, JSON.stringify(value), { "content-type": "application/json" })
const cut: Answer = (response) => void response.destroy()
const cutMidReply: Answer = (response) => {
  response.writeHead(200, { "content-length": "1000" }).write('{"v": "ha', () => response.destroy())
}
const silent: Answer = () => {}
const endless: Answer = (response) => {
  response.writeHead(200, { "content-type": "application/json" })
  const timer = setInterval(() => response.write(" "), 20)
  response.on("close", () => clearInterval(timer))
}
const flood: Answer = (response) => {
  response.writeHead(200)
  const write = () => {
    while (!response.destroyed && response.write("x".repeat(65_536)));
    if (!response.destroyed) response.once("drain", write)
  }
  write()
}

interface Case {
  /** Of the first request, the second and so on; the last one from then on. */
  readonly answers: readonly Answer[]
  readonly status: number
  /** How many requests arrive: exactly, or at least. */
  readonly requests: number | { readonly atLeast: number }
  readonly captured?: string
  readonly stderr?: RegExp
  readonly http?: object
}

const CASES: Readonly<Record<string, Case>> = {
  "200 with JSON": {
    answers: [GOT],
    status: 0,
    requests: 1,
    captured: "got",
    stderr: /delivered .* status 200 \(1 try/,
  },
  "201 with JSON": { answers: [replyJson({ v: "new" }, 201)], status: 0, requests: 1, captured: "new" },
  "204": { answers: [reply(204)], status: 0, requests: 1 },
  HTML: { answers: [reply(200, "<html>ok</html>", { "content-type": "text/html" })], status: 0, requests: 1 },
  "an empty reply": { answers: [reply(200)], status: 0, requests: 1 },
  "JSON that is no map": { answers: [replyJson([1, 2])], status: 0, requests: 1 },
  "a huge reply": {
    ...{ answers: [replyJson({ v: "x".repeat(100_000) })], http: { maxReplyBytes: 1000 }, status: 0, requests: 1 },
    stderr: /larger than allowed \(http\.maxReplyBytes\)/,
  },
  "a reply that never ends, beyond the bound": {
    ...{ answers: [flood], http: { maxReplyBytes: 100_000 }, status: 0, requests: 1 },
    stderr: /larger than allowed/,
  },
  "a slow reply": {
    ...{ answers: [endless], http: { timeoutMs: 400, deadlineMs: 1500 }, status: 3, requests: 1 },
    stderr: /may have been delivered/,
  },
  "a host that never answers": {
    ...{ answers: [silent], http: { timeoutMs: 400, deadlineMs: 1500 }, status: 3, requests: 1 },
    stderr: /may have been delivered/,
  },
  "a redirect that keeps the method": {
    ...{ answers: [reply(307, "", { location: "/elsewhere" }), GOT], status: 0, requests: 2, captured: "got" },
  },
  "redirects without end": { answers: [reply(307, "", { location: WEBHOOK })], status: 3, requests: { atLeast: 2 } },
  "401": { answers: [reply(401, "no")], status: 3, requests: 1, stderr: /status 401 .*Check the token/ },
  "404": { answers: [reply(404, "no")], status: 3, requests: 1, stderr: /status 404 .*Check the url/ },
  "429 with Retry-After, then 200": {
    ...{ answers: [reply(429, "", { "retry-after": "1" }), GOT], status: 0, requests: 2, captured: "got" },
    stderr: /\(2 tries/,
  },
  "429 without Retry-After, then 200": {
    ...{ answers: [reply(429), GOT], status: 0, requests: 2, captured: "got" },
  },
  "429 with a Retry-After beyond the deadline": {
    ...{ answers: [reply(429, "", { "retry-after": "3600" })], status: 3, requests: 1, stderr: /status 429/ },
  },
  "429 for ever": {
    ...{ answers: [reply(429)], status: 3, requests: 5, stderr: /status 429/ },
  },
  "500": { answers: [replyJson({ v: "no" }, 500)], status: 3, requests: 1, stderr: /status 500/ },
  "502": {
    ...{ answers: [reply(502)], status: 3, requests: 5 },
    stderr: /status 502; it may have been delivered/,
  },
  "504, then 200": { answers: [reply(504), GOT], status: 0, requests: 2, captured: "got" },
  "503, then 200": { answers: [reply(503), GOT], status: 0, requests: 2, captured: "got" },
  "a connection cut before the reply": { answers: [cut], status: 3, requests: 1, stderr: /may have been delivered/ },
  "a connection cut in mid-reply": {
    answers: [cutMidReply],
    status: 3,
    requests: 1,
    stderr: /may have been delivered/,
  },
  "Slack's refusal": {
    ...{ answers: [replyJson({ ok: false, error: "channel_not_found" })], status: 3, requests: 1 },
    stderr: /Slack says channel_not_found: there is no such channel.*\/invite @BOT/,
  },
  "a webhook's refusal": {
    ...{ answers: [reply(404, "no_service")], status: 3, requests: 1, stderr: /no_service.*Make a new one/ },
  },
  "Slack's warning": {
    ...{ answers: [replyJson({ ok: true, v: "got", warning: "missing_charset" })], status: 0, requests: 1 },
    ...{ captured: "got", stderr: /WARNING - notify: Slack warns: missing_charset/ },
  },
}

function expectRequest({ method, headers, body }: RecordedRequest): void {
  expect({ method, body: body.toString() }).toEqual({ method: "POST", body: BODY })
  expect(headers).toMatchObject({
    "content-type": "application/json; charset=UTF-8",
    accept: "*/*",
    "cache-control": "no-cache",
    authorization: `Bearer ${TOKEN}`,
    "content-length": String(Buffer.byteLength(BODY)),
  })
}

describe("handle-event, answered with", () => {
  it.each(Object.entries(CASES))("%s", async (_name, { answers, status, requests, captured, stderr, http }) => {
    const server = await httpServer(...answers)
    const { run, state, revisions } = story({ url: server.origin, event: EVENT, http: http ?? {} })
    const outcome = await run(...HANDLE)
    expect(outcome).toMatchObject({ status, stdout: "" })
    if (stderr) expect(outcome.stderr).toMatch(stderr)
    expectNoSecrets(outcome.stderr)
    if (typeof requests === "number") expect(server.requests).toHaveLength(requests)
    else expect(server.requests.length).toBeGreaterThanOrEqual(requests.atLeast)
    expect(server.requests[0]!.target).toBe(WEBHOOK)
    server.requests.forEach(expectRequest)
    const after = `captured ${captured ?? "nothing"}`
    expect(state()).toEqual(captured === undefined ? { after } : { captured, after })
    expect(revisions()).toBe(2)
    if (status === 3)
      expect(outcome.stderr.match(/^cicdstatemgr: notify: not delivered to http:\/\/127/gm)).toHaveLength(1)
  })

  it("nothing at all: a closed port", async () => {
    const { run, state } = story({
      url: `http://127.0.0.1:${await closedPort()}`,
      event: EVENT,
      http: { deadlineMs: 1500 },
    })
    const outcome = await run(...HANDLE)
    expect(outcome).toMatchObject({ status: 3, stdout: "" })
    expect(outcome.stderr).toMatch(/not delivered to http:\/\/127\.0\.0\.1:\d+: .*refused/i)
    expect(outcome.stderr).not.toContain("may have been")
    expectNoSecrets(outcome.stderr)
    expect(state()).toEqual({ after: "captured nothing" })
  })

  it.each([502, 504, 500])("%d: a pipeline is never started twice", async (status) => {
    const server = await httpServer(reply(status))
    const { run } = story({
      url: server.origin,
      event: { "trigger-pipeline": { name: "deploy", args: { a: "é{{ 1 }}" } } },
    })
    expect(await run(...HANDLE)).toMatchObject({ status: 3 })
    expect(server.requests).toEqual([
      expect.objectContaining({ body: Buffer.from('{"id": "c", "a": "\\u00e91"}'), target: WEBHOOK }),
    ])
    expect(server.requests[0]!.headers).toMatchObject({ "content-type": "application/json", "x-secret": TRIGGER_TOKEN })
    expect(server.requests[0]!.headers.authorization).toBeUndefined()
  })

  it.each([
    ["where slack.url is", true, true],
    ["elsewhere", false, true],
  ])("respond, to an address %s: the token goes there %j, in the legacy style %j", async (_name, strict, legacy) => {
    const slack = await httpServer(GOT)
    const other = strict ? slack : await httpServer(GOT)
    const { run } = story({ url: slack.origin, event: { respond: { message: "m", url: `${other.origin}/answer` } } })
    expect(await run(...HANDLE)).toMatchObject({ status: 0 })
    expect(await run("--handle-event", "build=done")).toMatchObject({ status: 0 })
    const tokens = other.requests.map(({ headers }) => headers.authorization)
    expect(tokens).toEqual([strict, legacy].map((isSent) => (isSent ? `Bearer ${TOKEN}` : undefined)))
  })

  it.each([
    ["302: it may be lost", 302, 3, undefined],
    ["303: it was taken", 303, 0, "got"],
  ])("a redirect that leads on without the body, %s", async (_name, redirect, status, captured) => {
    const server = await httpServer(reply(redirect, "", { location: "/login" }), GOT)
    const { run, state } = story({ url: server.origin, event: EVENT })
    const outcome = await run(...HANDLE)
    expect(outcome.status).toBe(status)
    expect(state()?.captured).toBe(captured)
    const failure =
      /^cicdstatemgr: notify: not delivered .* status 200 of a GET at http:.*may have been delivered.*Give the url/m
    if (status === 3) expect(outcome.stderr).toMatch(failure)
    expectNoSecrets(outcome.stderr)
    expect(server.requests.map(({ method }) => method)).toEqual(["POST", "GET"])
  })

  it("with the flags of 1.x, what such a redirect leads to is captured from", async () => {
    const server = await httpServer(reply(302, "", { location: "/login" }), GOT)
    const { run, state } = story({ url: server.origin, event: EVENT })
    expect(await run("--handle-event", "build=done")).toMatchObject({ status: 0 })
    expect(state()).toEqual({ captured: "got", after: "captured got" })
  })

  it("a redirect to another host: that one gets no token", async () => {
    const other = await httpServer(GOT)
    const server = await httpServer(reply(307, "", { location: `${other.origin}/x` }))
    const { run } = story({ url: server.origin, event: EVENT })
    await run(...HANDLE)
    expect(server.requests[0]!.headers.authorization).toBe(`Bearer ${TOKEN}`)
    for (const { headers } of other.requests) expect(headers.authorization).toBeUndefined()
  })
})
