/** App files and replies are not trusted: what they may try through an event, at the built command line. */
import { describe, expect, it } from "vitest"
import { type Answer, httpServer } from "../support/http-servers.js"
import { expectNoSecrets, GOT, HANDLE, story, TOKEN, TRIGGER_TOKEN } from "./events-story.js"

type Rule = readonly [from: string, to: string]
const capture = (...rules: readonly Rule[]) => ({ "capture-response-data": rules.map(([from, to]) => ({ from, to })) })

describe("a reply", () => {
  const replied = async (answer: Answer, ...rules: readonly Rule[]) => {
    const server = await httpServer(answer)
    const event = {
      notify: { message: "m", ...capture(...rules) },
      "set-values": { set: [{ from: "1", to: "state.end" }] },
    }
    const played = story({ url: server.origin, event })
    const outcome = await played.run(...HANDLE)
    expect(outcome.stderr).not.toMatch(/^\s+at |This is a bug/m)
    return { ...outcome, state: played.state() }
  }

  it.each([
    ["nested too deep", `{"v": ${"[".repeat(5000)}${"]".repeat(5000)}}`],
    ["with an int of 5000 digits", `{"v": ${"9".repeat(5000)}}`],
    ["cut short", '{"v": "x'],
  ])("%s is no JSON for us, and no failure", async (_name, body) =>
    expect(await replied({ body }, ["{{ body.v }}", "state.v"])).toMatchObject({ status: 0, state: { end: "1" } }),
  )

  it.each([
    ["equal keys", '{"v": 1, "v": 2}', "2"],
    ["a huge number", '{"v": 1e999}', "inf"],
    ["a large int", '{"v": 123456789012345678901234567890}', "123456789012345678901234567890"],
    ["a template", '{"v": "{{ 7*7 }}{% for i in range(10**9) %}"}', "{{ 7*7 }}{% for i in range(10**9) %}"],
    ["a file name", '{"v": "file:///etc/hostname"}', "file:///etc/hostname"],
    ["shell syntax", '{"v": "$(touch x)`x`\'\\""}', "$(touch x)`x`'\""],
    ["a NUL", '{"v": "a\\u0000b"}', "a\u0000b"],
  ])("%s is stored as it is", async (_name, body, v) =>
    expect(await replied({ body }, ["{{ body.v }}", "state.v"])).toMatchObject({ status: 0, state: { v, end: "1" } }),
  )

  it("what no store can keep fails its rule, and no other", async () => {
    const body = '{"v": "\\ud800", "w": "fine"}'
    const { status, stderr, state } = await replied({ body }, ["{{ body.v }}", "state.v"], ["{{ body.w }}", "state.w"])
    expect(status).toBe(6)
    expect(stderr).toContain("lone surrogate")
    expect(state).toEqual({ w: "fine", end: "1" })
  })

  it("cannot forge a line of the log, nor steer the terminal", async () => {
    const body = JSON.stringify({
      ok: false,
      error: "x",
      response_metadata: { messages: ["\u001b[2J\r\n2026 - root - ERROR - forged \u202e"] },
    })
    const { status, stderr } = await replied({ body })
    expect(status).toBe(3)
    expect(stderr).not.toMatch(/[\u001b\r\u202e]|^2026 - root/m)
    expect(stderr).toContain("forged")
  })

  it("cannot give the context another id, nor take its state away", async () => {
    const rules = [
      ["evil", "state.cicdContextDataId"],
      ["evil", "state"],
      ["a", "state.a"],
    ] as const
    const { status, state } = await replied(GOT, ...rules)
    expect(status).toBe(9)
    expect(state).toEqual({ a: "a", end: "1" })
  })
})

describe("an app file", () => {
  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("%s is a name as any other", async (name) => {
    const server = await httpServer(GOT)
    const block = { message: name, ...capture(["{{ body.v }}", `state.${name}.${name}`]) }
    // A literal would set the prototype.
    const event = { notify: Object.fromEntries([[name, block]]) }
    const { run } = story({ url: server.origin, event })
    expect(await run(...HANDLE)).toMatchObject({ status: 0 })
    expect(server.requests).toHaveLength(1)
    expect(await run("get", `state.${name}.${name}`)).toMatchObject({ status: 0, stdout: "got\n" })
    expect(await run("handle-event", `${name}=done`)).toMatchObject({ status: 4 })
    expect(await run("handle-event", `build=${name}`)).toMatchObject({ status: 4 })
    const unknown = story({ url: server.origin, event: Object.fromEntries([[name, block]]) })
    expect(await unknown.run(...HANDLE)).toMatchObject({ status: 6, stderr: expect.stringContaining(`"${name}"`) })
  })

  it.each([
    ["file:///etc/passwd", "a file: url"],
    ["javascript:alert(1)", "a javascript: url"],
    ["http://user:hunter2secret@127.0.0.1:9/", "http://127.0.0.1:9"],
    ["http://127.0.0.1:99999/", "an invalid url"],
    ["//127.0.0.1/x", "an invalid url"],
    ["http://\u202egnp.test/", "an invalid url"],
    ["not a url", "an invalid url"],
    ["http://bad host/", "an invalid url"],
    ["http://bücher.invalid./hidden-path", "http://xn--bcher-kva.invalid"],
  ])("an answer to %s fails in one line", async (url, target) => {
    const { run } = story({
      url: "http://127.0.0.1:9",
      event: { respond: { message: "m", url } },
      http: { deadlineMs: 300 },
    })
    const { status, stderr } = await run(...HANDLE)
    expect(status).toBe(3)
    expect(stderr).toContain(`cicdstatemgr: respond: not delivered to ${target}`)
    expect(stderr).not.toMatch(/hunter2|passwd|alert|\u202e/)
    expectNoSecrets(stderr)
  })

  it("can put no second header or request into one", async () => {
    const server = await httpServer(GOT)
    const trigger = { url: server.origin, headers: [{ name: "X-V", value: "{{ v }}" }] }
    const { run } = story({
      url: server.origin,
      event: { "trigger-pipeline": { name: "x" } },
      config: { trigger },
      more: { v: "a\r\nX-Evil: 1\r\n\r\nGET /evil" },
    })
    const { status, stderr } = await run(...HANDLE)
    expect(status).toBe(3)
    expect(stderr).toMatch(/"X-V" has a line break/)
    expect(stderr).not.toContain("Evil")
    expect(server.requests).toEqual([])
  })

  it("cannot read the secrets by its macros, nor show them by failing", async () => {
    const server = await httpServer(GOT)
    const steal = "{% if secretData %}{{ {}[secretData.trigger.token[:6] | to_base64].x }}{% endif %}{{ secretData }}"
    const { run } = story({
      url: server.origin,
      event: { "trigger-pipeline": { name: "x" } },
      app: { "jinja2-macros": { steal } },
    })
    const { status, stderr } = await run(...HANDLE, "--log-level", "debug")
    expect(status).toBe(0)
    expect(server.requests[0]!.headers["x-secret"]).toBe(TRIGGER_TOKEN)
    expect(stderr).not.toContain(Buffer.from(TRIGGER_TOKEN.slice(0, 6)).toString("base64"))
    expectNoSecrets(stderr)
  })

  it("secrets that got into the state are masked wherever they are shown", async () => {
    const server = await httpServer({ body: JSON.stringify({ v: TOKEN }) })
    const event = {
      notify: { message: "{{ state.leak }}", ...capture(["{{ body.v }}", "state.leak"]) },
      "set-values": { set: [{ from: "{{ state.leak }}", to: "state.copy" }] },
    }
    const { run } = story({ url: server.origin, event })
    const first = await run(...HANDLE, "--log-level", "debug")
    expect(first.status).toBe(0)
    const dry = await run(...HANDLE, "--dry-run", "-o", "json")
    expect(JSON.parse(dry.stdout)[0].request.body).toBe('{"text": "***"}')
    const history = await run("history", "c")
    for (const text of [first.stderr, dry.stdout, dry.stderr, history.stdout]) expect(text).not.toContain(TOKEN)
  })

  it("names with control characters stay on their line", async () => {
    const name = "a\n2026 - root - ERROR - forged\u001b[31m"
    const server = await httpServer({ status: 404 })
    const { run } = story({
      url: server.origin,
      event: { notify: { [name]: { message: "m" } }, "set-values": { [name]: { enabled: false } } },
    })
    const { status, stderr } = await run(...HANDLE)
    expect(status).toBe(3)
    expect(stderr).toContain("forged")
    expect(stderr).not.toMatch(/\u001b|^2026 - root/m)
  })

  it("gigantic blocks and thousands of them are bounded, and told of in few lines", async () => {
    const server = await httpServer(GOT)
    const blocks = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`b${i}`, { if: "", message: "m" }]))
    const event = { notify: blocks, respond: { message: "x".repeat(2_000_000), url: server.origin } }
    const { run } = story({ url: server.origin, event })
    expect(await run(...HANDLE, "--log-level", "warning")).toMatchObject({ status: 0, stderr: "" })
    expect(server.requests.map(({ body }) => body.length)).toEqual([2_000_012])
  })
})
