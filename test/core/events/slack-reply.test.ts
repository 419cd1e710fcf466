import { describe, expect, it } from "vitest"
import { slackRefusal, slackWarnings, webhookRefusal } from "../../../src/core/events/slack-reply.js"
import { fromJs } from "../../../src/data/value.js"

const refusal = (reply: unknown) => slackRefusal(fromJs(reply))

describe("slackRefusal", () => {
  it.each([undefined, null, [], "x", 1, {}, { ok: true }, { ok: "false" }, { ok: 0 }, { ok: null }, { error: "x" }])(
    "%j is none",
    (reply) => expect(reply === undefined ? slackRefusal(undefined) : refusal(reply)).toBeUndefined(),
  )

  it.each([
    "channel_not_found",
    "not_in_channel",
    "invalid_auth",
    "msg_too_long",
    "invalid_blocks",
    "ratelimited",
    "missing_scope",
    "token_expired",
  ])("%s is explained, with what to do", (error) => {
    const { reason, hint } = refusal({ ok: false, error })!
    expect(reason).toMatch(new RegExp(`^Slack says ${error}: \\w.{10}`))
    expect(hint).toMatch(/\w{3}.*[.)T]$/)
    expect(hint).not.toContain("documentation of the method")
  })

  it.each([
    [{ ok: false }, "Slack says an error without a name"],
    [{ ok: false, error: null }, "Slack says an error without a name"],
    [{ ok: false, error: { a: 1 } }, "Slack says an error without a name"],
    [{ ok: false, error: "a b\u001b[31m" }, "Slack says an error without a name"],
    [{ ok: false, error: "x".repeat(81) }, "Slack says an error without a name"],
    [{ ok: false, error: "constructor" }, "Slack says constructor"],
    [{ ok: false, error: "__proto__" }, "Slack says __proto__"],
    [{ ok: false, error: "new_error" }, "Slack says new_error"],
    [
      { ok: false, error: "missing_scope", needed: "chat:write" },
      "Slack says missing_scope: the token lacks a permission; needed: chat:write",
    ],
    [
      { ok: false, error: "invalid_blocks", response_metadata: { messages: ["[ERROR] must be > 1", 5, "b"] } },
      "Slack says invalid_blocks: the blocks are not as Slack wants them; [ERROR] must be > 1; b",
    ],
    [{ ok: false, error: "x", response_metadata: "odd", needed: 5 }, "Slack says x"],
  ])("%j", (reply, reason) => expect(refusal(reply)?.reason).toBe(reason))

  it("is bounded", () =>
    expect(refusal({ ok: false, error: "x", response_metadata: { messages: ["m".repeat(1e6)] } })!.reason).toHaveLength(
      400,
    ))
})

describe("webhookRefusal", () => {
  it.each(["no_service", " invalid_payload\n"])("%j", (body) =>
    expect(webhookRefusal(body)?.reason).toContain(body.trim()),
  )
  it.each(["", "ok", "constructor", "__proto__", "no_service at all", "<html>"])("%j is none", (body) =>
    expect(webhookRefusal(body)).toBeUndefined(),
  )
})

describe("slackWarnings", () => {
  it.each<[unknown, string[]]>([
    [undefined, []],
    [null, []],
    [{ warning: "" }, []],
    [{ warning: "a" }, ["a"]],
    [{ warning: "a,b", response_metadata: { warnings: ["b", "c", 5] } }, ["a", "b", "c"]],
    [{ warning: { a: 1 }, response_metadata: [] }, []],
  ])("%j", (reply, warnings) =>
    expect(slackWarnings(reply === undefined ? undefined : fromJs(reply))).toEqual(warnings),
  )

  it("are bounded in number and length", () => {
    const reply = fromJs({ warning: Array.from({ length: 1e5 }, (_, i) => `${i}${"w".repeat(500)}`).join(",") })
    const warnings = slackWarnings(reply)
    expect(warnings).toHaveLength(10)
    expect(warnings.every((text) => text.length <= 400)).toBe(true)
  })
})
