import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { createJinja, JinjaError, parseJson } from "../../src/jinja/index.js"

/** What Jinja2 3.1 gave for a template; `context` is read from the line itself, so that 2.0 stays a float. */
interface Case {
  id: string
  template: string
  output?: string
  pattern?: string
  error?: string
}

const folder = new URL("./cases/", import.meta.url)
const jinja = createJinja()

/** Cases that do not hold, by id, and why. */
const knownMisses: Readonly<Record<string, string>> = {}

function contextOf(line: string, expected: Case): string {
  const next = ["output", "pattern", "error"].find((key) => key in expected)
  return line.slice(line.indexOf('"context": ') + 11, line.lastIndexOf(`, "${next}": `))
}

function outcome(line: string, expected: Case): { output?: string; error?: string } {
  try {
    return { output: jinja.render(expected.template, parseJson(contextOf(line, expected))) }
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error
    return { error: error.pythonClass }
  }
}

describe.each(readdirSync(folder).filter((name) => name.endsWith(".jsonl")))("%s", (file) => {
  const lines = readFileSync(new URL(file, folder), "utf8").trim().split("\n")
  it.each(lines.map((line) => [(JSON.parse(line) as Case).id, line]))("%s", (id, line) => {
    const expected = JSON.parse(line) as Case
    const got = outcome(line, expected)
    if (id in knownMisses) return
    if (expected.error !== undefined) expect(got.error).toBe(expected.error)
    else if (expected.pattern !== undefined) expect(got.output).toMatch(new RegExp(`^(?:${expected.pattern})$`, "s"))
    else expect(got).toEqual({ output: expected.output })
  })
})
