import { expect, it } from "vitest"
import { appendEntry, applyChange, LOG_LIMIT } from "../../src/stores/commit-rules.js"
import { create } from "./changes.js"

const entryOf = (given: Parameters<typeof create>[2]) => applyChange("a", undefined, create("a", [], given)).entry

it.each<[string, readonly string[], readonly string[]]>([
  ["few and short ones", ["a=1", ""], ["a=1", ""]],
  ["a long one", ["x".repeat(1001)], [`${"x".repeat(999)}…`]],
  ["one that is just short enough", ["x".repeat(1000)], ["x".repeat(1000)]],
  ["a long one with a pair where it is cut", [`${"x".repeat(998)}😀😀`], [`${"x".repeat(998)}…`]],
  ["many", Array(150).fill("k"), [...Array(100).fill("k"), "… and 50 more"]],
  ["many long ones", Array(30).fill("x".repeat(5000)), [...Array(10).fill(`${"x".repeat(999)}…`), "… and 20 more"]],
])("the log shows %s in bounds", (_, assignments, shown) => {
  expect(entryOf({ assignments }).assignments).toEqual(shown)
})

it("the log shows who it was in bounds", () => {
  expect(entryOf({ actor: "ann" }).actor).toBe("ann")
  expect(entryOf({ actor: "a".repeat(100_000) }).actor).toBe(`${"a".repeat(199)}…`)
})

it("the largest log there can be is small", () => {
  const entry = entryOf({ actor: "ü".repeat(1e5), assignments: Array(1e4).fill("ü".repeat(1e5)) })
  const log = Array.from({ length: LOG_LIMIT + 10 }).reduce<readonly (typeof entry)[]>(
    (all) => appendEntry(all, entry),
    [],
  )
  expect(Buffer.byteLength(JSON.stringify(log))).toBeLessThan(LOG_LIMIT * 25_000)
})
