import { describe, expect, it } from "vitest"
import { parseLegacy } from "../../src/cli/legacy-options.js"

const parse = (argv: string[]) => {
  const { texts, lists, flags } = parseLegacy(argv)
  return {
    ...Object.fromEntries(texts),
    ...Object.fromEntries(lists),
    ...Object.fromEntries([...flags].map((flag) => [flag, true])),
  }
}

describe("parseLegacy, as argparse does it", () => {
  it.each([
    [["--id", "x", "--load"], { id: "x", load: true }],
    [["--id=x=y"], { id: "x=y" }],
    [["--id="], { id: "" }],
    [["--set", "a=1", "--set", "b=2"], { set: ["a=1", "b=2"] }],
    [["--set", "-5"], { set: ["-5"] }],
    [["--set", "- a=b"], { set: ["- a=b"] }],
    [["--set=-a=b"], { set: ["-a=b"] }],
    [["--init-n", "x"], { "init-new": "x" }],
    [["--handle", "a=b"], { "handle-event": "a=b" }],
    [["-l", "INFO"], { "log-level": "INFO" }],
    [["-lINFO"], { "log-level": "INFO" }],
    [["-l", ""], { "log-level": "" }],
    [["-h"], { help: true }],
    [["--id", "a", "--id", "b"], { id: "b" }],
  ])("%j", (argv, values) => expect(parse(argv)).toEqual(values))

  it.each([
    [["--bogus"]],
    [["positional"]],
    [["--id"]],
    [["--set", "-x=1"]],
    [["--set", "-5=x"]],
    [["--get", "--load"]],
    [["--lo"]],
    [["--load=1"]],
    [["--init"]],
    [["--"]],
  ])("%j is a usage error", (argv) => expect(() => parse(argv)).toThrow(expect.objectContaining({ code: "USAGE" })))
})
