import { describe, expect, it } from "vitest"
import { deliver, targetOf } from "../../../src/core/events/delivery.js"
import { LEGACY, STRICT } from "../../../src/core/events/policy.js"
import type { Delivery } from "../../../src/core/ports.js"
import { toJs } from "../../../src/data/value.js"
import { answered, ok, recordingLogger, unanswered } from "./run-event.js"

async function delivered(delivery: Delivery, { isSlack = true, captures = 1, policy = STRICT } = {}) {
  const log: string[] = []
  const result = await deliver(
    {
      kind: "post",
      request: {
        url: "https://user:pass@h.test:8443/hidden?hidden=1",
        headers: [["Authorization", "Bearer hidden"]],
        body: "{}",
        repeatable: true,
      },
      capture: Array.from({ length: captures }, () => ({ place: "r", from: "a", to: "b" })),
      secretHeaders: [],
      isSlack,
    },
    { label: "notify.x", send: async () => delivery, policy, logger: recordingLogger(log) },
  )
  expect(log.join("\n")).not.toMatch(/hidden|pass/)
  return { result, log: log.filter((line) => !line.startsWith("debug: ")) }
}

const failure = async (...args: Parameters<typeof delivered>) => {
  const { result, log } = await delivered(...args)
  if (result.delivered) throw new Error("delivered")
  expect(log).toEqual([])
  expect(`${result.error.message} ${result.error.hint}`).not.toMatch(/hidden|pass@/)
  expect(result.error.code).toBe("DELIVERY_FAILED")
  return { message: result.error.message, hint: result.error.hint, answered: result.answered }
}
const NOT = "notify.x: not delivered to https://h.test:8443: "

describe("a success", () => {
  it.each<[string, Delivery, unknown]>([
    ["200", ok({ v: 1 }), { v: 1 }],
    ["299", answered(299, "[1]"), [1]],
    ["204", answered(204, ""), undefined],
    ["a page", answered(200, "<html>"), undefined],
    ["too deep", answered(200, "[".repeat(500) + "]".repeat(500)), undefined],
    ["an int of 5000 digits", answered(200, "9".repeat(5000)), undefined],
    ["equal keys", answered(200, '{"a": 1, "a": 2}'), { a: 2 }],
    ["JSON null", answered(200, "null"), null],
  ])("%s", async (_name, delivery, reply) => {
    const { result, log } = await delivered(delivery)
    expect(result.delivered && result.reply !== undefined ? toJs(result.reply) : undefined).toEqual(reply)
    expect(result.delivered).toBe(true)
    const { status } = delivery as { status: number }
    expect(log).toEqual([
      `info: notify.x: delivered to https://h.test:8443: status ${status} (1 try, 5 ms)`,
      ...(reply === undefined ? ["info: notify.x: the reply is not JSON; nothing is captured from it"] : []),
    ])
    expect((await delivered(delivery, { captures: 0 })).log).toHaveLength(1)
  })

  it("a reply too large is told of where it is captured from", async () => {
    expect((await delivered(answered(200))).log).toEqual([
      expect.stringMatching(/^info/),
      expect.stringMatching(/^warn: .*http\.maxReplyBytes/),
    ])
    expect((await delivered(answered(200), { captures: 0 })).log).toHaveLength(1)
  })

  it("Slack's refusals and warnings are only Slack's", async () => {
    const reply = ok({ ok: false, error: "x", warning: "w" })
    expect((await delivered(reply, { isSlack: false })).log).toEqual([expect.stringMatching(/^info: .* delivered/)])
    expect((await delivered(ok({ ok: true, warning: "w" }))).log).toContain("warn: notify.x: Slack warns: w")
  })
})

describe("an answer that a redirect had fetched by a GET", () => {
  const fetched = (redirect: number, status = 200): Delivery => ({
    ...(answered(status, "{}") as Extract<Delivery, { outcome: "answered" }>),
    mayHaveArrived: true,
    fetched: { origin: "https://login.test", redirect },
  })
  const how = (redirect: number, status = 200) =>
    `status ${status} of a GET at https://login.test, to which a redirect (${redirect}) led without the body; it may have been delivered`
  const hint = "Give the url to which the redirect leads, if it takes a POST."

  it.each([
    [301, 200],
    [302, 204],
    [303, 404],
  ])("after %i, %i is a failure", async (redirect, status) => {
    const failed = { message: `${NOT}${how(redirect, status)} (1 try, 5 ms)`, hint, answered: true }
    expect(await failure(fetched(redirect, status))).toEqual(failed)
  })

  it("after 303 it is that of the request", async () => {
    const { result, log } = await delivered(fetched(303))
    expect(result.delivered).toBe(true)
    expect(log).toEqual([expect.stringMatching(/^info: .* delivered to https:\/\/h\.test:8443: status 200 /)])
  })

  it("in the legacy style it is a success as well, with a warning", async () => {
    const { result, log } = await delivered(fetched(302), { policy: LEGACY })
    expect(result.delivered).toBe(true)
    expect(log).toEqual([expect.stringMatching(/^info/), `warn: notify.x: ${how(302)} (${hint})`])
  })
})

describe("a failure", () => {
  it.each<[Delivery, string, string | undefined]>([
    [answered(400, "bad"), "status 400 (1 try, 5 ms)", undefined],
    [answered(401), "status 401 (1 try, 5 ms)", "Check the token in the secrets file."],
    [answered(403), "status 403 (1 try, 5 ms)", "Check the token in the secrets file."],
    [answered(404), "status 404 (1 try, 5 ms)", "Check the url."],
    [answered(302), "status 302 (1 try, 5 ms)", "Check the url: it leads elsewhere."],
    [answered(199), "status 199 (1 try, 5 ms)", undefined],
    [answered(500, '{"ok":true}'), "status 500 (1 try, 5 ms)", undefined],
    [answered(502), "status 502; it may have been delivered (1 try, 5 ms)", undefined],
    [answered(504), "status 504; it may have been delivered (1 try, 5 ms)", undefined],
    [
      answered(404, "no_service\n"),
      "status 404; Slack says no_service: there is no such webhook any more (1 try, 5 ms)",
      "Make a new one and put its url into slack.url.",
    ],
    [
      answered(429, '{"ok":false,"error":"ratelimited"}'),
      "status 429; Slack says ratelimited: too many messages in a short time (1 try, 5 ms)",
      "Wait a little; Slack takes about one message per second and channel.",
    ],
  ])("%j", async (delivery, reason, hint) =>
    expect(await failure(delivery)).toEqual({ message: NOT + reason, hint, answered: true }),
  )

  it("Slack's refusal with status 200", async () =>
    expect(await failure(ok({ ok: false, error: "not_in_channel" }))).toEqual({
      message: `${NOT}status 200; Slack says not_in_channel: the bot is not in the channel (1 try, 5 ms)`,
      hint: "Invite it there: /invite @BOT.",
      answered: true,
    }))

  it("no answer", async () => {
    expect(await failure(unanswered("connection refused"))).toEqual({
      message: `${NOT}connection refused (2 tries, 7 ms)`,
      hint: undefined,
      answered: false,
    })
    expect(await failure(unanswered("timed out", true))).toMatchObject({
      message: `${NOT}timed out; it may have been delivered (2 tries, 7 ms)`,
    })
  })
})

it.each([
  ["https://user:pass@host/path?q#f", "https://host"],
  ["HTTP://HOST:80/x", "http://host"],
  ["http://bücher.test", "http://xn--bcher-kva.test"],
  ["http://[::1]:8080/", "http://[::1]:8080"],
  ["http://host:99999", "an invalid url"],
  ["no url", "an invalid url"],
  ["//host/x", "an invalid url"],
  ["", "an invalid url"],
  ["file:///etc/passwd", "a file: url"],
  ["javascript:alert(1)", "a javascript: url"],
  ["data:text/plain,secret", "a data: url"],
])("targetOf %s", (url, target) => expect(targetOf(url)).toBe(target))
