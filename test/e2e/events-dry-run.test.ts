/** A dry run shows what would be sent and set, and does neither. */
import { describe, expect, it } from "vitest"
import { httpServer } from "../support/http-servers.js"
import { CAPTURE, expectNoSecrets, GOT, HANDLE, story, TOKEN, TRIGGER_TOKEN, WEBHOOK } from "./events-story.js"

describe("--dry-run", () => {
  const event = {
    notify: { a: { message: "m {{ state.k }}", "capture-response-data": CAPTURE }, off: { message: "m", if: "" } },
    "trigger-pipeline": { name: "deploy" },
    "set-values": {
      set: [
        { from: "{{ 1 }}", to: "state.x" },
        { from: "a,b", to: "state.l[]" },
      ],
    },
    respond: { message: "{{ state.x }}", url: "http://127.0.0.1:9/r" },
  }

  it("shows what a run would do; sends and stores nothing", async () => {
    const server = await httpServer(GOT)
    const { run, files } = story({ url: server.origin, event })
    const before = files()
    const { status, stdout, stderr } = await run(...HANDLE, "state.k=v", "--dry-run", "-o", "json")
    expect(status).toBe(0)
    const headers = {
      "Content-Type": "application/json; charset=UTF-8",
      Accept: "*/*",
      "Cache-Control": "no-cache",
      Authorization: "***",
    }
    expect(JSON.parse(stdout)).toEqual([
      {
        block: "notify.a",
        request: { method: "POST", url: `${server.origin}${WEBHOOK}`, headers, body: '{"text": "m v"}' },
        capture: CAPTURE,
      },
      { block: "notify.off", skipped: 'its "if" is blank' },
      {
        block: "trigger-pipeline",
        request: {
          method: "POST",
          url: `${server.origin}${WEBHOOK}`,
          headers: {
            "Content-Type": "application/json",
            Accept: "*/*",
            "Cache-Control": "no-cache",
            "X-Secret": "***",
          },
          body: '{"id": "c"}',
        },
        capture: [],
      },
      {
        block: "set-values",
        assignments: [
          { set: "state.x", value: "1" },
          { append: "state.l", items: ["a", "b"], unique: false },
        ],
      },
      { block: "respond", request: expect.objectContaining({ body: '{"text": "1"}', headers }), capture: [] },
    ])
    expectNoSecrets(stderr)
    for (const secret of [TOKEN, TRIGGER_TOKEN]) expect(stdout).not.toContain(secret)
    expect(server.requests).toEqual([])
    expect(files()).toEqual(before)
  })

  it.each([
    ["a template that fails", { notify: { message: "{{ no.such }}" } }, 5],
    ["a body that is no JSON", { notify: { message: "m" }, "manual-choice": { title: '"', choices: {} } }, 5],
    ["a missing key", { respond: { message: "m" } }, 6],
    ["an unknown handler", { notify: { message: "m" }, nope: {} }, 6],
  ])("ends as a run before it sends: %s", async (_name, event, status) => {
    const server = await httpServer(GOT)
    const { run, files } = story({ url: server.origin, event })
    const before = files()
    expect(await run(...HANDLE, "--dry-run")).toMatchObject({ status })
    expect(server.requests).toEqual([])
    expect(files()).toEqual(before)
  })

  it.each([
    ["an unknown context", ["handle-event", "build=done", "--id", "nope"], 4],
    ["an unknown event", ["handle-event", "build=nope"], 4],
    ["an assignment that conflicts", ["handle-event", "build=done", "state.x=1", "state.x[]=2"], 9],
  ])("%s", async (_name, command, status) => {
    const { run } = story({ url: "http://127.0.0.1:9", event })
    expect(await run(...command, "--dry-run")).toMatchObject({ status })
  })
})
