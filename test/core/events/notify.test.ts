import { describe, expect, it } from "vitest"
import { CONFIG, failuresOf, ok, plansOf, runEvent, SLACK_HEADERS_WITH_TOKEN, withTemplate } from "./run-event.js"

describe("notify", () => {
  it("posts the body template, which sees the block with its message rendered", async () => {
    const event = { notify: { message: "{{ state.a }}!", extra: "{{ as it is }}" } }
    const config = withTemplate(
      "notify",
      '{"m": {{ notify.message|tojson }}, "e": {{ notify.extra|tojson }}, "c": "{{ configData.slack.url }}"}',
    )
    expect(await plansOf(event, { config, document: { state: { a: 'q"' } } })).toEqual([
      {
        kind: "post",
        request: {
          url: CONFIG.slack.url,
          headers: SLACK_HEADERS_WITH_TOKEN,
          body: `{"m": "q\\"!", "e": "{{ as it is }}", "c": "${CONFIG.slack.url}"}`,
          repeatable: true,
        },
        capture: [],
        secretHeaders: ["Authorization"],
        isSlack: true,
      },
    ])
  })

  it("captures by the config's rules, then by its own", async () => {
    const config = { ...CONFIG, notify: { "auto-capture-response-data": [{ from: "a", to: "b" }] } }
    const [plan] = await plansOf(
      { notify: { message: "m", "capture-response-data": [{ from: "c", to: "d" }] } },
      { config },
    )
    expect(plan).toMatchObject({
      capture: [
        { from: "a", to: "b" },
        { from: "c", to: "d" },
      ],
    })
  })

  it.each<[object, object, string]>([
    [{ message: null }, {}, 'CONFIG_INVALID notify: "message" has no value'],
    [
      { message: "{{ no.such }}" },
      {},
      "TEMPLATE notify: Cannot render the template pipelines.build.event-handlers.done.notify.message, line 1: UndefinedError: 'no' is undefined",
    ],
    [
      { message: "m" },
      { config: {} },
      'CONFIG_INVALID notify: The config file has no text "cicdstatemgr.templates.notify"',
    ],
    [
      { message: "m" },
      { config: { templates: CONFIG.templates } },
      'CONFIG_INVALID notify: The config file has no text "cicdstatemgr.slack.url"',
    ],
    [
      { message: "m" },
      { config: { ...CONFIG, slack: "text" } },
      'CONFIG_INVALID notify: The config file has no text "cicdstatemgr.slack.url"',
    ],
    [
      { message: "m" },
      { secrets: {} },
      'CONFIG_INVALID notify: The secrets file has no text "cicdstatemgr.slack.token"',
    ],
    [
      { message: "m" },
      { secrets: { slack: { token: "" } } },
      'CONFIG_INVALID notify: The secrets file has no text "cicdstatemgr.slack.token"',
    ],
    [
      { message: "m", "capture-response-data": "x" },
      {},
      'CONFIG_INVALID notify: "capture-response-data" must be a list of {from, to}, not a text',
    ],
    [
      { message: "m" },
      { config: withTemplate("notify", "{{") },
      expect.stringMatching(/^TEMPLATE notify: Cannot render the template templates.notify/),
    ],
  ])("%j with %j", async (block, more, failure) => expect(await failuresOf({ notify: block }, more)).toEqual([failure]))

  it.each<[unknown, string]>([
    [1, "1"],
    [1.5, "1.5"],
    [true, "True"],
    [["a"], "['a']"],
  ])("a message %j is its text", async (message, text) => {
    const { bodies } = await runEvent({ event: { notify: { message } }, replies: [ok()] })
    expect(bodies).toEqual([{ text }])
  })
})
