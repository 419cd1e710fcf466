/** Bodies as they arrive, and what the log says of them. */
import { describe, expect, it } from "vitest"
import { httpServer } from "../support/http-servers.js"
import { EVENT, expectNoSecrets, GOT, HANDLE, story, TOKEN } from "./events-story.js"

describe("the body", () => {
  it("arrives byte for byte as rendered", async () => {
    const server = await httpServer(GOT)
    const body = '\t{"a":1.0, "a" : 1e5,\n\n"ü😀\\u00e9": "\u2028"}  \n'
    const { run } = story({
      url: server.origin,
      event: { notify: { message: "m" } },
      more: { body },
      config: { templates: { notify: "{{ body }}" } },
    })
    expect(await run(...HANDLE)).toMatchObject({ status: 0 })
    expect(server.requests[0]!.body.toString()).toBe(body)
  })

  it("that is no JSON is not sent; it names line and column", async () => {
    const server = await httpServer(GOT)
    const { run, state } = story({
      url: server.origin,
      event: EVENT,
      config: { templates: { notify: '{\n "text": {{ notify.message }}\n}' } },
    })
    const outcome = await run(...HANDLE)
    expect(outcome).toMatchObject({ status: 5, stderr: expect.stringContaining("not JSON: line 2, column 10") })
    expect(server.requests).toEqual([])
    expect(state()).toEqual({ after: "captured nothing" })
  })
})

describe("logs", () => {
  it("hold bodies at debug only, masked", async () => {
    const server = await httpServer({ body: JSON.stringify({ v: `echo ${TOKEN}` }) })
    const event = { notify: { message: `the token is {{ 'xoxb-' }}0123456789-secret` } }
    const { run } = story({ url: server.origin, event })
    const info = await run(...HANDLE)
    expect(info.stderr).not.toContain("the token is")
    const debug = await run(...HANDLE, "--log-level", "debug")
    expect(debug.stderr).toContain("the token is ***")
    expect(debug.stderr).toContain("echo ***")
    for (const { stderr } of [info, debug]) expectNoSecrets(stderr)
  })

  it("hide what stands under secret-like keys of bodies and replies, and passwords in urls", async () => {
    const server = await httpServer({
      body: '{"access_token": "reply-s3cr3t", "v": "postgres://me:url-s3cr3t@db.test/x"}',
    })
    const event = { "trigger-pipeline": { name: "x", args: { apiKey: "{{ state.k }}", at: "{{ state.url }}" } } }
    const { run } = story({ url: server.origin, event })
    const url = "see https://me:p@ss-s3cr3t@git.test/r"
    const { status, stderr } = await run(...HANDLE, "state.k=body-s3cr3t", `state.url=${url}`, "--log-level", "debug")
    expect(status).toBe(0)
    expect(server.requests[0]!.body.toString()).toContain("body-s3cr3t")
    expect(stderr).toContain('body: {"id": "c", "apiKey": "***", "at": "')
    expect(stderr).toContain('reply: {"access_token": "***", "v": "postgres://me:***@db.test/x"}')
    expect(stderr).not.toContain("s3cr3t")
    const { stdout } = await run("history", "c")
    expect(stdout).toContain("https://me:***@git.test/r")
    expect(stdout).not.toContain("ss-s3cr3t")
  })

  it("say for each handler and delivery what became of it", async () => {
    const server = await httpServer(GOT)
    const event = {
      notify: { on: { message: "m" }, off: { message: "m", enabled: false }, blank: { message: "m", if: "" } },
    }
    const { stderr } = await story({ url: server.origin, event }).run(...HANDLE)
    expect(stderr).toMatch(/INFO - event build=done\n/)
    expect(stderr).toMatch(/INFO - notify\.on: delivered to http:\/\/127\.0\.0\.1:\d+: status 200 \(1 try, \d+ ms\)\n/)
    expect(stderr).toMatch(/INFO - notify\.off enabled:False skipping\.\.\.\.\n/)
    expect(stderr).toMatch(/INFO - notify\.blank: skipped, its "if" is blank\n/)
  })
})
