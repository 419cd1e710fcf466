import { describe, expect, it } from "vitest"
import {
  CONFIG,
  failuresOf,
  ok,
  plansOf,
  runEvent,
  SLACK_HEADERS,
  SLACK_HEADERS_WITH_TOKEN,
  withTemplate,
} from "./run-event.js"

describe("respond", () => {
  const url = "{{ state.url }}"
  const document = { state: { url: " https://hooks.test/secret \n" } }

  it("posts the stripped message to its url; each other key sees those before it rendered", async () => {
    const event = {
      respond: {
        one: "{{ 1 }}",
        message: " m \n",
        url,
        two: "{{ respond.one }}{{ respond.message }}",
        n: 2,
        nul: null,
        l: ["{{ 1 }}"],
      },
    }
    const config = withTemplate("respond", "{{ respond | tojson }}")
    const [plan] = await plansOf(event, { document, config })
    expect(plan).toMatchObject({
      request: { url: "https://hooks.test/secret", headers: SLACK_HEADERS, repeatable: true },
      capture: [],
      isSlack: true,
    })
    const { body } = (plan as { request: { body: string } }).request
    expect(JSON.parse(body)).toEqual({ one: "1", message: "m", url, two: "1m", n: "2", nul: null, l: ["{{ 1 }}"] })
  })

  it.each([
    ["https://slack.test/api/other", true],
    ["HTTPS://Slack.Test:443/x", true],
    ["https://ann@slack.test/x", true],
    ["http://slack.test/x", false],
    ["https://slack.test:8443/x", false],
    ["https://slack.test.evil.test/x", false],
    ["https://slack.test@evil.test/x", false],
    ["https://evil.test/?https://slack.test/", false],
    ["//slack.test/x", false],
    ["no url", false],
  ])("to %s: the token goes there %j", async (url, isTrusted) => {
    const event = { respond: { message: "m", url } }
    const headers = isTrusted ? SLACK_HEADERS_WITH_TOKEN : SLACK_HEADERS
    // Some of these are refused once planned.
    const planned = async (isLegacy: boolean) =>
      (await runEvent({ event, isDry: true, isLegacy })).plans.map(([, plan]) => plan)
    expect(await planned(false)).toMatchObject([{ request: { headers }, secretHeaders: ["Authorization"] }])
    const legacy = { request: { headers: SLACK_HEADERS_WITH_TOKEN } }
    expect(await planned(true)).toMatchObject([legacy])
  })

  it.each([
    ["file:///etc/hidden", "a file: url: the URL is neither http nor https"],
    ["//slack.test/hidden", "an invalid url: the URL is not valid: it has to begin with http:// or https://"],
    [
      "https://ann:hidden@slack.test/",
      "https://slack.test: the URL holds a user name or password: send it in a header",
    ],
  ])("to %s nothing can be sent, which a dry run tells as well", async (url, problem) => {
    const event = { respond: { message: "m", url } }
    for (const isDry of [true, false]) {
      const failures = [`DELIVERY_FAILED respond: not delivered to ${problem}`]
      expect(await runEvent({ event, isDry })).toMatchObject({ failures, sent: [] })
      const policy = { deliveryFailure: "warn" } as const
      expect(await runEvent({ event, isDry, policy })).toMatchObject({
        failures: [],
        log: [expect.stringMatching(/^warn/)],
      })
    }
  })

  it("needs a token only where one goes", async () => {
    const event = { respond: { message: "m", url: CONFIG.slack.url } }
    const failure = 'CONFIG_INVALID respond: The secrets file has no text "cicdstatemgr.slack.token"'
    expect(await failuresOf(event, { secrets: {} })).toEqual([failure])
    const elsewhere = { respond: { message: "m", url: "https://hooks.test/x" } }
    const config = { templates: CONFIG.templates }
    const [plan] = await plansOf(elsewhere, { secrets: {}, config })
    expect(plan).toMatchObject({ request: { headers: SLACK_HEADERS } })
    expect(await failuresOf(elsewhere, { secrets: {}, config, isLegacy: true })).toEqual([failure])
  })

  it("renders nothing twice", async () => {
    const event = { respond: { message: "{{ state.t }}", url, one: "{{ state.t }}", two: "{{ respond.one }}" } }
    const config = withTemplate("respond", "{{ respond | tojson }}")
    const { bodies } = await runEvent({
      event,
      config,
      document: { state: { url: "https://r.test", t: "{{ 7*7 }}" } },
      replies: [ok()],
    })
    expect(bodies).toEqual([{ message: "{{ 7*7 }}", url, one: "{{ 7*7 }}", two: "{{ 7*7 }}" }])
  })

  it.each([
    [{ message: " {{ '' }} ", url }, "its message is blank"],
    [{ message: "m", url: "{{ state.nope }}" }, "its url is blank"],
    [{ message: "", url: "" }, "its url is blank"],
  ])("%j is skipped", async (block, reason) => {
    expect(await plansOf({ respond: block }, { document })).toEqual([{ kind: "skip", reason }])
  })

  it.each([
    [{ message: "m" }, 'CONFIG_INVALID respond: "url" is missing'],
    [{ message: "m", url: null }, 'CONFIG_INVALID respond: "url" has no value'],
    [{ message: null, url: "x" }, 'CONFIG_INVALID respond: "message" has no value'],
    [{ message: "m", url: "http://x.test", other: "{{ no.such }}" }, expect.stringContaining("TEMPLATE respond: ")],
  ])("%j", async (block, failure) => expect(await failuresOf({ respond: block })).toEqual([failure]))
})
