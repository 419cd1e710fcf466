import { describe, expect, it } from "vitest"
import { capture, captureRules } from "../../../src/core/events/capture.js"
import { fromJs } from "../../../src/data/value.js"
import { errorOf } from "./run-event.js"

const captured = (from: string, to: string) => capture({ place: "r[0]", from, to }, (template) => template)

describe("captureRules", () => {
  it("takes numbers and booleans for their text", () =>
    expect(captureRules(fromJs([{ from: 1, to: true }]), "r")).toEqual([{ place: "r[0]", from: "1", to: "True" }]))

  it.each([undefined, null, []])("%j has none", (rules) => expect(captureRules(rules, "r")).toEqual([]))

  it.each([
    ["text", 'CONFIG_INVALID "r" must be a list of {from, to}, not a text'],
    [{ from: "a", to: "b" }, /"r" must be a list/],
    [[{ from: "a" }], 'CONFIG_INVALID "r[0]" must be {from: TEMPLATE, to: TEMPLATE}'],
    [[{ from: "a", to: "b" }, "text"], /"r\[1\]"/],
    [[null], /"r\[0\]"/],
  ])("%j is refused", async (rules, error) =>
    expect(await errorOf(() => captureRules(fromJs(rules), "r"))).toMatch(error),
  )
})

describe("capture", () => {
  it.each([
    [" v\n", " a.b ", { op: "set", path: ["a", "b"], value: "v" }],
    ["file:///etc/passwd", "a", { op: "set", path: ["a"], value: "file:///etc/passwd" }],
    ["x|y=z", "a", { op: "set", path: ["a"], value: "x|y=z" }],
    ["a,b", "l[]", { op: "append", path: ["l"], items: ["a", "b"], unique: false }],
    ["a", "l{}", { op: "append", path: ["l"], items: ["a"], unique: true }],
    ["[]", "l[]", { op: "clear", path: ["l"] }],
    ["v", "__proto__.constructor", { op: "set", path: ["__proto__", "constructor"], value: "v" }],
    ["v", "a[0]..b", { op: "set", path: ["a[0]", "", "b"], value: "v" }],
  ])("%j to %j", (from, to, assignment) => expect(captured(from, to)).toEqual([assignment]))

  it.each([
    ["", "a"],
    [" \n\t", "a"],
    ["v", " "],
  ])("%j to %j assigns nothing", (from, to) => expect(captured(from, to)).toEqual([]))

  it("a blank value leaves its path unrendered", () =>
    expect(
      capture({ place: "r", from: "", to: "never" }, (template, name) => {
        expect([template, name]).toEqual(["", "r.from"])
        return template
      }),
    ).toEqual([]))

  it.each([
    ["\ud800", "a", /^INPUT_INVALID "a" holds a lone surrogate/],
    ["x,\udfff", "a[]", /^INPUT_INVALID/],
    ["v", "a.\ud800", /^INPUT_INVALID/],
    ["v", "a".repeat(400).split("").join("."), /^LIMIT_EXCEEDED A path of 400 keys/],
    ["v", `${"a".repeat(300).split("").join(".")}[]`, /^LIMIT_EXCEEDED/],
  ])("what no store can keep is refused here, not at the commit: %#", async (from, to, error) =>
    expect(await errorOf(() => captured(from, to))).toMatch(error),
  )
})
