import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { shellFormat } from "../../../src/core/formats/shell.js"
import { isTruthy, pythonStr } from "../../../src/data/python.js"
import { fromJs, type ValueMap } from "../../../src/data/value.js"
import { textOf } from "../../support/text-of.js"

const write = (value: object, exclude: string[] = []) =>
  textOf(shellFormat(exclude), {
    id: "c",
    document: value instanceof Map ? (value as ValueMap) : (fromJs(value) as ValueMap),
  })

describe("shellFormat", () => {
  it.each([
    [{ state: { a: "v" } }, "CICD_state__a='v'\n"],
    [{ l: ["x", 0, { k: "y" }, [1, "z"]] }, "CICD_l__0='x'\nCICD_l__2__k='y'\nCICD_l__3='[1, '\\''z'\\'']'\n"],
    [{ t: true, f: false, n: null, z: 0, e: "", el: [], em: {} }, "CICD_t='True'\n"],
    [{ "a-b.c d": 1, ünï: 2, "": 3 }, "CICD_a_b_c_d='1'\nCICD__n_='2'\nCICD_='3'\n"],
    [{ "a-b": 1, "a.b": 2 }, "CICD_a_b='2'\n"],
    [{ "a-b": 1, "a.b": 0 }, "CICD_a_b='1'\n"],
    [{ a__b: 1, a: { b: 0 } }, ""],
    [{ a__b: { c: 1 }, a: { b__c: 2 } }, "CICD_a__b__c='2'\n"],
    [{ l: [1], l__0: 2 }, "CICD_l__0='2'\n"],
    [{ a_: { b: 1 }, a: { _b: 2 } }, "CICD_a___b='2'\n"],
    [{ nul: "a\0b", x: 1 }, "CICD_x='1'\n"],
  ])("%j", (document, text) => expect(write(document)).toBe(text))

  it("leaves out excluded keys at every depth", () =>
    expect(write({ x: { skip: { a: 1 }, keep: 1 }, skip: 2, l: [{ skip: 3 }] }, ["skip"])).toBe("CICD_x__keep='1'\n"))
})

const SHELLS = ["sh", "bash", "dash", "busybox sh"].filter((shell) => pathOf(shell) !== "")

function pathOf(shell: string): string {
  return spawnSync("sh", ["-c", `command -v ${shell.split(" ")[0]}`], { encoding: "utf8" }).stdout.trim()
}

describe.each(SHELLS)("sourced in %s", (shell) => {
  const args = shell.split(" ").slice(1)
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "shell-"))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it("gives exactly the values, prints nothing and runs nothing", () => {
    // What a shell reads differently from one place to another: quotes, expansions, comments, breaks, globs.
    const nasty = fc.constantFrom(
      "'",
      '"',
      "`id`",
      "$(id)",
      "$" + "{x}",
      "$x",
      "\\",
      "\n",
      "\r",
      "\t",
      " ",
      "!",
      "#",
      "~",
      "*",
      ";",
      "&",
      "|",
      "é",
      "😀",
      "\u0001",
      "\x7f",
    )
    const text = fc
      .array(fc.oneof(nasty, fc.string()), { maxLength: 12 })
      .map((parts) => parts.join("").replaceAll("\0", "").toWellFormed())
    fc.assert(
      fc.property(fc.array(text, { minLength: 200, maxLength: 200 }), (values) => {
        const document: ValueMap = new Map(values.map((value, i) => [`k${i}`, value] as const))
        const file = join(folder, "vars.sh")
        writeFileSync(file, write(document))
        const output = execFileSync(
          pathOf(shell),
          [...args, "-c", 'set -a; . "$1"; exec /usr/bin/env -0', "sh", file],
          {
            env: { PATH: "/nonexistent" },
            stdio: ["ignore", "pipe", "pipe"],
          },
        )
        const got = new Map(
          output
            .toString()
            .split("\0")
            .filter((pair) => pair.startsWith("CICD_"))
            .map((pair) => [pair.slice(5, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const),
        )
        expect(got).toEqual(
          new Map([...document].filter(([, value]) => isTruthy(value)).map(([key, value]) => [key, pythonStr(value)])),
        )
      }),
      { numRuns: 5 },
    )
  })
})
