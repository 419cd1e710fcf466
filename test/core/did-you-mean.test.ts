import { describe, expect, it } from "vitest"
import { didYouMean } from "../../src/core/did-you-mean.js"

describe("didYouMean", () => {
  it.each([
    ["notfy", ["respond", "notify"], "notify"],
    ["NOTIFY", ["notify"], "notify"],
    ["biuld", ["build", "deploy"], "build"],
    ["manual-choise", ["manual-choice"], "manual-choice"],
    ["tets", ["test", "tests"], "tests"],
    ["a".repeat(99), [`${"a".repeat(99)}b`], `${"a".repeat(99)}b`],
  ])("%s of %j is %s", (name, names, meant) => expect(didYouMean(name, names)).toBe(`; did you mean "${meant}"?`))

  it.each<[string, readonly string[]]>([
    ["notify", []],
    ["notify", ["respond", "set-values"]],
    ["build", ["build-and-deploy"]],
    ["", ["abc"]],
    ["a".repeat(101), ["a".repeat(100)]],
  ])("%s of %j is none", (name, names) => expect(didYouMean(name, names)).toBe(""))

  it("a huge name, known or asked for, is not looked at", () => {
    const huge = "a".repeat(10_000_000)
    expect(didYouMean(huge, [huge, `${huge}b`])).toBe("")
    const name = "b".repeat(100)
    expect(didYouMean(name, [...Array(50).fill(huge), `${name}c`])).toBe(`; did you mean "${name}c"?`)
  })
})
