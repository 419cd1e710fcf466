import { describe, expect, it } from "vitest"
import { CONFIG, failuresOf, ok, plansOf, runEvent, SECRETS } from "./run-event.js"

describe("trigger-pipeline", () => {
  const event = {
    "trigger-pipeline": { name: "deploy", args: { b: "{{ triggerPipeline.name }}", n: 1.0, t: true, nul: null } },
  }

  it("posts auto-args, then its own over them, in order, as ASCII", async () => {
    const config = {
      ...CONFIG,
      trigger: { url: "https://t.test/", headers: [], "auto-args": { a: "{{ state.é }}", b: "auto" } },
    }
    expect(await plansOf(event, { config, document: { state: { é: "ü" } } })).toEqual([
      {
        kind: "post",
        request: {
          url: "https://t.test/",
          headers: [
            ["Content-Type", "application/json"],
            ["Accept", "*/*"],
            ["Cache-Control", "no-cache"],
          ],
          body: '{"a": "\\u00fc", "b": "deploy", "n": "1", "t": "True", "nul": "None"}',
          repeatable: false,
        },
        capture: [],
        secretHeaders: [],
        isSlack: false,
      },
    ])
  })

  it("headers are templates, and take the place of defaults; one that names the secrets sees them", async () => {
    const headers = [
      { name: "accept", value: "text/plain" },
      { name: "X-Token", value: "{{ secretData.trigger.token }}" },
      { name: "X-Name", value: "{{ triggerPipeline.name }}" },
    ]
    const [plan] = await plansOf(event, { config: { ...CONFIG, trigger: { url: "https://t.test", headers } } })
    expect(plan).toMatchObject({
      request: {
        headers: [
          ["Content-Type", "application/json"],
          ["Cache-Control", "no-cache"],
          ["accept", "text/plain"],
          ["X-Token", SECRETS.trigger.token],
          ["X-Name", "deploy"],
        ],
      },
      secretHeaders: ["X-Token"],
    })
  })

  it("a header sees the secrets or the app file's macros, never both", async () => {
    const headers = [
      { name: "x-macro", value: "{{ m() }}" },
      { name: "x-secret", value: "{{ m is defined }} {{ secretData.trigger.token }}" },
    ]
    const all = "{% macro m() %}{{ secretData is defined }} {{ state.a }}{% endmacro %}"
    const document = { state: { a: "1" }, jinja2Macros: { byName: {}, all } }
    const config = { ...CONFIG, trigger: { url: "https://t.test", headers } }
    const [plan] = await plansOf({ "trigger-pipeline": { name: "x" } }, { config, document })
    expect(plan).toMatchObject({
      request: {
        headers: expect.arrayContaining([
          ["x-macro", "False 1"],
          ["x-secret", `False ${SECRETS.trigger.token}`],
        ]),
      },
      secretHeaders: ["x-secret"],
    })
  })

  it.each(["{{ secretData.nope }}", "{{ secretData.no.such }}"])(
    "%s: the hint is where secrets come from",
    async (value) => {
      const { hints, sent } = await runEvent({ event, ...trigger([{ name: "t", value }]) })
      expect([hints, sent]).toEqual([["Check the secrets file, and that --secrets names it."], []])
    },
  )

  it("nothing else sees the secrets", async () => {
    const config = {
      ...CONFIG,
      trigger: { url: "https://t.test", headers: [], "auto-args": { a: "{{ secretData is defined }}" } },
    }
    const { bodies } = await runEvent({
      event: { "trigger-pipeline": { name: "x", args: { b: "{{ secretData is defined }}" } } },
      config,
      replies: [ok()],
    })
    expect(bodies).toEqual([{ a: "False", b: "False" }])
  })

  it("the app file's macros see no secrets, and cannot show them by failing", async () => {
    const config = {
      ...CONFIG,
      trigger: {
        url: "https://t.test",
        headers: [{ name: "x", value: "{{ secretData.trigger.token }}" }],
        "auto-args": { m: "{{ m() }}" },
      },
    }
    const all =
      "{% macro m() %}made{% endmacro %}{% if secretData %}{{ {}[secretData.trigger.token[:4] | to_base64].x }}{% endif %}"
    const { failures, sent, bodies } = await runEvent({
      event,
      config,
      document: { jinja2Macros: { byName: {}, all } },
      replies: [ok()],
    })
    expect(failures).toEqual([])
    expect(sent[0]!.headers).toContainEqual(["x", SECRETS.trigger.token])
    expect(bodies[0]).toMatchObject({ m: "made" })
  })

  const trigger = (headers: unknown, more: object = {}) => ({
    config: { trigger: { url: "https://t.test", headers, ...more } },
  })
  it.each<[object, object, string]>([
    [{ args: { a: "1" } }, trigger([]), 'CONFIG_INVALID trigger-pipeline.args: "name" is missing'],
    [
      { name: "x" },
      { config: {} },
      'CONFIG_INVALID trigger-pipeline: The config file has no text "cicdstatemgr.trigger.url"',
    ],
    [
      { name: "x" },
      { config: { trigger: { url: "https://t.test" } } },
      'CONFIG_INVALID trigger-pipeline: Config file: "trigger.headers" is missing',
    ],
    [
      { name: "x" },
      trigger("text"),
      'CONFIG_INVALID trigger-pipeline: Config file: "trigger.headers" must be a list, not a text',
    ],
    [
      { name: "x" },
      trigger([{ name: "a" }]),
      'CONFIG_INVALID trigger-pipeline: Config file: "trigger.headers[0]" must be {name: TEXT, value: TEMPLATE}',
    ],
    [
      { name: "x" },
      trigger([], { "auto-args": [] }),
      'CONFIG_INVALID trigger-pipeline: Config file: "trigger.auto-args" must be a map, not a list',
    ],
    [{ name: "x", args: ["a"] }, trigger([]), 'CONFIG_INVALID trigger-pipeline: "args" must be a map, not a list'],
    [{ name: "x", args: { a: "{{ no.such }}" } }, trigger([]), expect.stringMatching(/^TEMPLATE .*args\.a/)],
    [
      { name: "x" },
      trigger([{ name: "t", value: "{{ secretData.nope }}" }]),
      'CONFIG_INVALID trigger-pipeline: The trigger header "t" renders to nothing: {{ secretData.nope }}',
    ],
    [
      { name: "x" },
      trigger([{ name: "t", value: "{{ secretData.no.such }}" }]),
      expect.stringMatching(/^TEMPLATE .*headers\.t/),
    ],
  ])("%j with %j", async (block, more, failure) =>
    expect(await failuresOf({ "trigger-pipeline": block }, more)).toEqual([failure]),
  )

  it("a header of the config may be blank where no secret is meant", async () => {
    const [plan] = await plansOf(event, trigger([{ name: "x", value: "{{ state.nope }}" }]))
    expect(plan).toMatchObject({ request: { headers: expect.arrayContaining([["x", ""]]) } })
  })
})
