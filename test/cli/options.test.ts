import { describe, expect, it } from "vitest"
import { COMMON, type OptionName, parseArguments } from "../../src/cli/options.js"

const NAMES: OptionName[] = ["id", "set", "result", "if-revision", "no-render", "output", ...COMMON]
const parse = (argv: string[], env = {}) => parseArguments(argv, NAMES, env)

describe("parseArguments", () => {
  it.each([
    [["--set", "a=1", "b=2", "--id", "x"], ["a=1", "b=2"], "x", []],
    [["--set", "a=1", "--set", "b=2", "--", "c=3"], ["a=1", "b=2"], undefined, ["c=3"]],
    [["--set", "-x=1", "- y=2", "--id=x"], ["-x=1", "- y=2"], "x", []],
    [["--set", "--id", "x"], [], "x", []],
    [["--set"], [], undefined, []],
    [["--set=a=1", "b=2"], ["a=1", "b=2"], undefined, []],
    [["--set", "", "--set=", "--id", "x"], [], "x", []],
    [["--", "--set", "x"], [], undefined, ["--set", "x"]],
  ])("%j", (argv, set, id, rest) => {
    const args = parse(argv)
    expect(args.texts("set")).toEqual(set)
    expect(args.text("id")).toBe(id)
    expect(args.rest).toEqual(rest)
  })

  it("tells positionals before and behind --", () => {
    const args = parse(["a", "b", "--", "c", "--id"])
    expect([args.positionals, args.rest]).toEqual([
      ["a", "b"],
      ["c", "--id"],
    ])
  })

  it("an empty value counts as not given and leaves the environment in force", () => {
    expect(parse(["--id", ""], { CICDSTATEMGR_CONTEXT_DATA_ID: "env" }).text("id")).toBe("env")
    expect(parse([], { CICDSTATEMGR_CONTEXT_DATA_ID: "" }).text("id")).toBeUndefined()
    expect(parse(["--id", "x"], { CICDSTATEMGR_CONTEXT_DATA_ID: "env" }).text("id")).toBe("x")
  })

  it.each([
    [["--outptu", "json"], 'did you mean "output"'],
    [["--app-config", "x"], '"app-config"'],
    [["--id"], "--id"],
    [["--no-render=x"], "--no-render"],
    [["-x"], '"x"'],
    [["--id", "-x"], "--id=VALUE"],
  ])("%j is refused", (argv, message) =>
    expect(() => parse(argv)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining(message) }),
    ),
  )

  it("takes whole numbers only where they are wanted", () => {
    expect(parse(["--if-revision", "3"]).integer("if-revision")).toBe(3)
    expect(() => parse(["--if-revision", "3x"]).integer("if-revision")).toThrow(
      expect.objectContaining({ code: "USAGE" }),
    )
  })
})
