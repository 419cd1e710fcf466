/** Random YAML texts, right and wrong: lines of what YAML is made of, and what the writer wrote, changed a little. */
import fc from "fast-check"
import { writeYaml } from "../../src/data/yaml-writer.js"
import { documentArbitrary } from "./value-arbitrary.js"

const scalars =
  `a yes 1 1.5 -1 0x_ ~ << = - --- ... -a ? ?a : :a a:b a: http://x/y?z a#b # #a , a,b [ ] { } [] {} & &a *a !t !!str | > |-
  |2 |2- |+ >- >2 % @ \` "a" "a\\n" "\\\\" "\\u0041" "\\ud83d\\ude00" "\\x41" "a"b "a 'it''s' '' "" 'a [a,b] [a] {a:b} {"a":1}`
    .split(/\s+/)
    .concat(
      "",
      "",
      "a b",
      "a # b",
      "[a, b c]",
      "[a, -1, 'x, y', [b], {}]",
      "{a: b, c: [d]}",
      '{"a": 1, b: }',
      "[a b, ]",
      "\t",
    )
    .concat(
      "a\tb",
      "é",
      "\u00a0",
      "2020-01-01",
      "- - a",
      "- a: b",
      "a: b: c",
      "'a' : b",
      "a : b",
      "'a': b",
      '"a b": c',
      "[a]: b",
    )

const calm = fc.constantFrom(
  "",
  "a",
  "1.5",
  "yes",
  "a b",
  "a # b",
  "- a",
  "- a: b",
  '"a\\"b"',
  "'it''s'",
  "[a, {b: c}]",
  "{a: b}",
  "{a: b:c}",
  "|",
  ">-",
  ">",
)
const scalar = fc.oneof({ weight: 6, arbitrary: calm }, fc.constantFrom(...scalars))
const indentation = fc.constantFrom("", "", "", "  ", "  ", "    ", " ", "   ")
const key = fc.constantFrom(
  "a: ",
  "b: ",
  "a:",
  "b:",
  "- ",
  "-",
  "-   ",
  "- a: ",
  "- b:",
  '"a": ',
  "1: ",
  "- - ",
  "c: ",
  "c:",
)
const line = fc
  .tuple(
    indentation,
    fc.oneof({ weight: 30, arbitrary: key }, scalar),
    scalar,
    fc.constantFrom("", "", "", "", " ", " # c", "#c"),
  )
  .map((parts) => parts.join(""))

const lines = fc.array(line, { minLength: 1, maxLength: 7 })
const made = fc.tuple(lines, fc.constantFrom("\n", "\n", "\n", "")).map(([texts, end]) => texts.join("\n") + end)

/** What a writer wrote, with one line repeated, one left out, and some characters put in. */
const changed = fc
  .tuple(
    documentArbitrary.map((document) => writeYaml(document, { portable: true })),
    fc.array(
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.oneof(scalar, fc.constantFrom(" ", "\n", "  ", ":"))),
      {
        maxLength: 2,
      },
    ),
  )
  .map(([text, changes]) =>
    changes.reduce((result, [place, piece]) => {
      const at = Math.floor(place * result.length)
      return result.slice(0, at) + piece + result.slice(at)
    }, text),
  )

export const yamlTextArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: made },
  { weight: 1, arbitrary: changed },
)
