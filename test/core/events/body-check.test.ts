import { describe, expect, it } from "vitest"
import { checkBody } from "../../../src/core/events/body-check.js"
import { errorOf } from "./run-event.js"

async function check(
  body: string,
  { isSlack = true, strictLimits = false, bodyNotJson = "refuse" as "refuse" | "warn" } = {},
) {
  const warnings: string[] = []
  const error = await errorOf(() =>
    checkBody(body, isSlack, { bodyNotJson, strictLimits, warn: (text) => warnings.push(text) }),
  )
  return { error, warnings }
}
const section = (length: number) => ({ type: "section", text: { type: "mrkdwn", text: "x".repeat(length) } })

describe("a body that is no JSON", () => {
  it.each([
    ["", "line 1, column 1: the text ends too early"],
    ['{"a": "b"', 'line 1, column 10: expected "," or "}"'],
    ['{\n "ä😀": x}', "line 2, column 8: expected a JSON value"],
    ['{"a": "line\nbreak"}', "line 1, column 12: a control character in a string"],
    ["{'a': 1}", "line 1, column 2: expected a key in double quotes"],
    ["{} {}", "line 1, column 4: there is text behind the end"],
    ["\ufeff{}", "line 1, column 1: expected a JSON value"],
    ['{"a": "NaN \\" ",\n "b": [1, NaN]}', "line 2, column 11: NaN is not a JSON number"],
    ["[-Infinity]", "line 1, column 3: Infinity is not a JSON number"],
    ["[".repeat(400) + "]".repeat(400), "nested more than 300 levels"],
  ])("%j", async (body, problem) => {
    const { error } = await check(body)
    expect(error).toMatch(/^TEMPLATE The body of the request is not JSON: /)
    expect(error).toContain(problem)
    expect(error).toContain("--dry-run shows the body")
    const legacy = await check(body, { bodyNotJson: "warn" })
    expect(legacy).toEqual({ error: "no error", warnings: [expect.stringContaining(problem)] })
  })

  it.each(["{}", " [1e999, -0] \n", "null", '"NaN Infinity"', '{"a": 1, "a": 2}', '"\\ud800"'])("%j is", async (body) =>
    expect(await check(body)).toEqual({ error: "no error", warnings: [] }),
  )

  it("a text of a megabyte is checked as well", async () => {
    const text = JSON.stringify({ text: 'a\\"'.repeat(300_000) })
    expect(await check(text)).toEqual({ error: "no error", warnings: [] })
    expect((await check(`[${text}, NaN]`)).error).toContain("NaN is not")
  })
})

describe("a body beyond Slack's limits", () => {
  const body = JSON.stringify({ blocks: [section(3001), section(3000)] })
  const problem = "blocks[0] (section).text has 3001 characters, the limit is 3000"

  it("is warned of, or refused where the config says so", async () => {
    expect(await check(body)).toEqual({ error: "no error", warnings: [`Slack may not take the body: ${problem}`] })
    const strict = await check(body, { strictLimits: true })
    expect(strict).toEqual({
      error: expect.stringContaining(`LIMIT_EXCEEDED Slack would not take the body: ${problem}`),
      warnings: [],
    })
    expect(await check(body, { strictLimits: true, isSlack: false })).toEqual({ error: "no error", warnings: [] })
  })

  it("in thousands of places is told of in ten", async () => {
    const many = JSON.stringify({ blocks: Array.from({ length: 5000 }, () => section(3001)) })
    const { warnings } = await check(many)
    expect(warnings).toHaveLength(11)
    expect(warnings[10]).toContain("4992 more of the kind")
    expect((await check(many, { strictLimits: true })).error.length).toBeLessThan(1500)
  })
})
