/** What holds for any document in any of its written forms, and for any command line. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parseLegacy } from "../../src/cli/legacy-options.js"
import { COMMON, OPTIONS, type OptionName, parseArguments } from "../../src/cli/options.js"
import {
  legacyAssignment,
  legacyPairs,
  parseAssignment,
  parseIncrement,
  parseUnset,
} from "../../src/core/assignment-text.js"
import { jsonFormat, jsonPrimaryFormat } from "../../src/core/formats/json.js"
import { primaryFormat } from "../../src/core/formats/primary.js"
import { shellFormat } from "../../src/core/formats/shell.js"
import { yamlFormat } from "../../src/core/formats/yaml.js"
import { isTruthy, pythonStr } from "../../src/data/python.js"
import { isList, isMap, type Value, type ValueMap } from "../../src/data/value.js"
import { askPython, encode, LOAD_YAML, python, pyYaml } from "../data/python-peer.js"
import { documentArbitrary, sample, textArbitrary } from "../data/value-arbitrary.js"
import { textOf } from "../support/text-of.js"
import { result, runs } from "./runs.js"

const plain = (value: Value) => JSON.stringify(encode(value))
const snapshot = (document: ValueMap) => ({ id: "c", document })

describe("a document", () => {
  it.each([
    ["the YAML cache", yamlFormat],
    ["the text of a primary", primaryFormat],
    ["a JSON primary", jsonPrimaryFormat],
  ])("comes back from %s with its types and the order of its keys", async (_name, format) => {
    await fc.assert(
      fc.asyncProperty(documentArbitrary, async (document) => {
        const back = await format.read!(textOf(format, snapshot(document)))
        expect(plain(back)).toBe(plain(document))
      }),
      runs(150),
    )
  })

  it.skipIf(!pyYaml)("is the same to Python, from each of its forms", () => {
    const { seed, examples } = sample(documentArbitrary, runs(300).numRuns)
    const documents = examples.filter((document) => !holdsNonFinite(document))
    const LOAD_JSON = "def answer_to(text): return encode(json.loads(text))"
    for (const [format, definition] of [
      [yamlFormat, LOAD_YAML],
      [primaryFormat, LOAD_YAML],
      [jsonFormat, LOAD_JSON],
      [jsonPrimaryFormat, LOAD_JSON],
    ] as const) {
      const texts = documents.map((document) => textOf(format, snapshot(document)))
      const answers = askPython(definition === LOAD_YAML ? pyYaml! : python!, definition, texts)
      for (const [i, document] of documents.entries())
        expect(answers[i], `${seed}: ${texts[i]}`).toEqual({ result: encode(document) })
    }
  })
})

/** JSON has no form for these that all readers know. */
const holdsNonFinite = (value: Value): boolean =>
  typeof value === "number"
    ? !Number.isFinite(value)
    : (isList(value) || isMap(value)) && [...value.values()].some((item: Value) => holdsNonFinite(item))

describe("the shell file", () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "shell-"))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it("of a document of any keys and values gives exactly its values, and runs nothing", () => {
    fc.assert(
      fc.property(documentArbitrary, fc.array(textArbitrary, { maxLength: 3 }), (document, excluded) => {
        const file = join(folder, "vars.sh")
        writeFileSync(file, textOf(shellFormat(excluded), snapshot(document)))
        const output = execFileSync("sh", ["-c", 'set -aeu; . "$1"; exec env -0', "sh", file], {
          cwd: folder,
          env: { PATH: "/usr/bin:/bin" },
          stdio: ["ignore", "pipe", "pipe"],
        }).toString()
        const variables = output.split("\0").filter((pair) => pair.startsWith("CICD_"))
        const got = new Map(
          variables.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
        )
        expect(got).toEqual(variablesOf(document, new Set(excluded)))
      }),
      runs(40),
    )
  })
})

/** The rule in short: of leaves whose joined keys are equal the last, then of true ones whose names are; none with NUL. */
function variablesOf(document: ValueMap, excluded: ReadonlySet<string>): Map<string, string> {
  const leaves = new Map<string, Value>()
  const visit = (name: string, value: Value, inList: boolean): void => {
    if (isMap(value)) {
      for (const [key, item] of value) if (!excluded.has(key)) visit(`${name}__${key}`, item, false)
    } else if (isList(value) && value.length > 0 && !inList)
      for (const [i, item] of value.entries()) visit(`${name}__${i}`, item, true)
    else leaves.set(name.slice(2), value)
  }
  visit("", document, false)
  const named = [...leaves].filter(([, value]) => isTruthy(value))
  const texts = new Map(named.map(([name, value]) => [name.replace(/[^0-9a-zA-Z_]+/gu, "_"), pythonStr(value)]))
  return new Map([...texts].filter(([, text]) => !text.includes("\0")).map(([name, text]) => [`CICD_${name}`, text]))
}

describe("any command line", () => {
  const words = fc.oneof(
    fc.constantFrom(
      "--",
      "-",
      "",
      "=",
      "--=",
      "-o",
      "-l",
      "--no-render=1",
      "--id",
      "--set",
      "--set=",
      "a=b",
      "--help",
      "-h",
    ),
    fc.constantFrom(...Object.keys(OPTIONS)).map((name) => `--${name}`),
    fc.tuple(fc.constantFrom(...Object.keys(OPTIONS)), fc.string()).map(([name, value]) => `--${name}=${value}`),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string({ maxLength: 10 }).map((text) => `-${text}`),
    fc.string({ maxLength: 10 }).map((text) => `--${text}`),
  )
  const argv = fc.array(words, { maxLength: 10 })
  const NAMES = [...new Set([...(Object.keys(OPTIONS) as OptionName[]), ...COMMON])]

  it("of a subcommand is understood, or an error of ours", () => {
    fc.assert(
      fc.property(argv, (list) => {
        const args = result(() => parseArguments(list, NAMES, {}))
        if (!args) return
        for (const name of NAMES) {
          if ((OPTIONS[name] as { multiple?: true }).multiple)
            for (const text of args.texts(name)) expect(text).toBeTypeOf("string")
          else if (OPTIONS[name].type === "string") result(() => args.integer(name))
        }
        // Node reads "-h- x" as -h and what it finds behind it; help is shown then, whatever else there is.
        if (args.flag("help")) return
        for (const text of [...args.positionals, ...args.rest]) expect(list).toContain(text)
      }),
      runs(2000),
    )
  })

  it("values of --set and what stands behind -- arrive as they are, in their order", () => {
    const value = fc.string({ unit: "binary", maxLength: 20 })
    const separate = value.filter((text) => text !== "" && !text.startsWith("-"))
    fc.assert(
      fc.property(
        fc.array(separate, { maxLength: 5 }),
        fc.array(value, { maxLength: 5 }),
        fc.array(value),
        (a, b, rest) => {
          const list = ["--set", ...a, ...b.map((text) => `--set=${text}`), "--id=x", "--", ...rest]
          const args = parseArguments(list, NAMES, {})
          expect(args.texts("set")).toEqual([...a, ...b.filter((text) => text !== "")])
          expect(args.rest).toEqual(rest)
          expect(args.text("id")).toBe("x")
        },
      ),
      runs(500),
    )
  })

  it("of the flags of 1.x is understood, or a usage error", () => {
    fc.assert(
      fc.property(argv, (list) => {
        const args = result(() => parseLegacy(list))
        for (const values of args?.lists.values() ?? [])
          for (const text of values) result(() => legacyPairs(text, () => {}))
      }),
      runs(2000),
    )
  })

  it("any text is an assignment, or an error of ours", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc
        .array(fc.constantFrom(..."a . [ ] { } = := [0] [] {} ' \" | $ * 1 , : \n é".split(" "), " "), {
          maxLength: 12,
        })
        .map((parts) => parts.join("")),
    )
    fc.assert(
      fc.property(texts, textArbitrary, (text, value) => {
        for (const parse of [parseAssignment, parseUnset, parseIncrement]) result(() => parse(text))
        result(() => legacyAssignment(text, value))
      }),
      runs(2000),
    )
  })
})
