/** A dry run shows what would be sent and set, and does neither. */
import { describe, expect, it } from "vitest"
import { parse as parseYaml } from "yaml"
import { httpServer } from "../support/http-servers.js"
import { CAPTURE, expectNoSecrets, GOT, HANDLE, story, TOKEN, TRIGGER_TOKEN, told, WEBHOOK } from "./events-story.js"

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
  const HEADERS = {
    "Content-Type": "application/json; charset=UTF-8",
    Accept: "*/*",
    "Cache-Control": "no-cache",
  }

  it("shows what a run would do; sends and stores nothing", async () => {
    const server = await httpServer(GOT)
    const { run, files } = story({ url: server.origin, event })
    const before = files()
    const { status, stdout, stderr } = await run(...HANDLE, "state.k=v", "--dry-run", "-o", "json")
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual([
      {
        block: "notify.a",
        request: {
          method: "POST",
          url: `${server.origin}${WEBHOOK}`,
          headers: { ...HEADERS, Authorization: "***" },
          body: '{"text": "m v"}',
        },
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
      {
        block: "respond",
        request: { method: "POST", url: "http://127.0.0.1:9/r", headers: HEADERS, body: '{"text": "1"}' },
        capture: [],
      },
    ])
    expectNoSecrets(stderr)
    expect(stderr).not.toMatch(/ set$/m)
    for (const secret of [TOKEN, TRIGGER_TOKEN]) expect(stdout).not.toContain(secret)
    expect(server.requests).toEqual([])
    expect(files()).toEqual(before)
  })

  it("masks secrets as they are, before its format changes some of their characters", async () => {
    const secret = "p<a>&s's \"ü😀\u007f\\ --- #x"
    const headers = ["'{{ secretData.short }}'", "{{ secretData.odd }}", "{{ secretData.odd | json_dumps }}"].map(
      (value, i) => ({ name: `X-${i}`, value }),
    )
    const { run } = story({
      url: "http://127.0.0.1:9",
      event: {
        "trigger-pipeline": { name: "x", args: { leak: "{{ state.leak }}" } },
        "set-values": { set: [{ from: "{{ state.leak }}", to: "state.copy" }] },
        notify: { message: "{{ state.leak }}", "capture-response-data": [{ from: secret, to: "state.x" }] },
      },
      config: { trigger: { url: "http://127.0.0.1:9", headers, "auto-args": { id: "c" } } },
      secrets: { odd: secret, short: "ab" },
    })
    for (const format of ["json", "yaml"]) {
      const { status, stdout } = await run(...HANDLE, "state.leak=".concat(secret), "--dry-run", "-o", format)
      expect(status).toBe(0)
      const shown = parseYaml(stdout)
      expect(shown).toMatchObject([
        { request: { headers: { "X-0": "***", "X-1": "***", "X-2": "***" }, body: '{"id": "c", "leak": "***"}' } },
        { assignments: [{ set: "state.copy", value: "***" }] },
        { request: { body: '{"text": "***"}' }, capture: [{ from: "***", to: "state.x" }] },
      ])
      expect(stdout).not.toContain("p<a>")
      expect(stdout).not.toContain("--- #x")
    }
  })

  it("masks secrets in urls and bodies, however they are encoded there", async () => {
    const secret = 'p/a ss"w+rd?&é'
    const { run } = story({
      url: "http://127.0.0.1:9",
      event: {
        respond: {
          a: { message: "{{ {'k': state.leak} | tojson }}", url: "http://r.test/{{ state.leak | urlencode }}?q=x" },
          b: {
            message: "m",
            url: "http://r.test/?{{ {'q': state.leak} | urlencode }}&api_token=t0k3n&page=2&x-api-key={{ 1 }}#token=x",
          },
        },
        "trigger-pipeline": { name: "x", args: { dbPassword: "not in the file", at: "http://me:pw@git.test/" } },
      },
      secrets: { odd: secret },
    })
    const { stdout } = await run(...HANDLE, `state.leak=${secret}`, "--dry-run", "-o", "json")
    const [a, b, trigger] = JSON.parse(stdout).map(({ request }: { request: object }) => request)
    expect(a).toMatchObject({ url: "http://r.test/***?q=x", body: '{"text": "{\\"k\\": \\"***\\"}"}' })
    expect(b.url).toBe("http://r.test/?q=***&api_token=***&page=2&x-api-key=***#token=***")
    expect(trigger.body).toBe('{"id": "c", "dbPassword": "***", "at": "http://me:***@git.test/"}')
  })

  it.each([
    ["a template that fails", { notify: { message: "{{ no.such }}" } }, 5],
    ["a body that is no JSON", { notify: { message: "m" }, "manual-choice": { title: '"', choices: {} } }, 5],
    ["a missing key", { respond: { message: "m" } }, 6],
    ["an unknown handler", { notify: { message: "m" }, nope: {} }, 6],
    ["a url that is no web address", { respond: { message: "m", url: "file:///etc/passwd" } }, 3],
    ["a url with a password", { respond: { message: "m", url: "http://u:p@127.0.0.1:9/x" } }, 3],
  ])("ends as a run before it sends: %s", async (_name, event, status) => {
    const server = await httpServer(GOT)
    const { run, files } = story({ url: server.origin, event })
    const before = files()
    const dry = await run(...HANDLE, "--dry-run")
    expect(dry).toMatchObject({ status })
    expect(server.requests).toEqual([])
    expect(files()).toEqual(before)
    const real = await run(...HANDLE)
    expect(real.status).toBe(status)
    expect(told(real.stderr)).toEqual(told(dry.stderr))
  })

  it("ends as a run before it sends: no request can go to slack.url or trigger.url", async () => {
    const event = { notify: { message: "m" }, "trigger-pipeline": { name: "x" } }
    const { run } = story({ url: "ftp://127.0.0.1:9", event })
    const dry = await run(...HANDLE, "--dry-run")
    expect(dry.status).toBe(3)
    expect(dry.stderr).toContain("notify: not delivered to ftp://127.0.0.1:9: the URL is neither http nor https")
    const real = await run(...HANDLE)
    expect([real.status, told(real.stderr)]).toEqual([3, told(dry.stderr)])
    for (const more of [[], ["--dry-run"]]) {
      const warned = await run(...HANDLE, "--on-delivery-failure", "warn", ...more)
      expect(warned).toMatchObject({ status: 0, stderr: expect.stringContaining("trigger-pipeline: not delivered") })
    }
  })

  it("masks what goes to secret-like places, as the history does", async () => {
    const set = [
      { from: "SETSECRET77", to: "state.token" },
      { from: "SETSECRET77", to: "state.secrets[]" },
      { from: "shown", to: "state.plain" },
    ]
    const { run } = story({ url: "http://127.0.0.1:9", event: { "set-values": { set } } })
    const { status, stdout } = await run(...HANDLE, "--dry-run", "-o", "json")
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual([
      {
        block: "set-values",
        assignments: [
          { set: "state.token", value: "***" },
          { append: "state.secrets", items: "***", unique: false },
          { set: "state.plain", value: "shown" },
        ],
      },
    ])
    expect((await run(...HANDLE)).status).toBe(0)
    const history = (await run("history", "c")).stdout
    expect(history).toContain("state.token=*** state.secrets[]=***")
    expect(history).not.toContain("SETSECRET77")
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
