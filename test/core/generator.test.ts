import { expect, it } from "vitest"
import { runGenerator } from "../../src/core/generator.js"
import { valueAt } from "../../src/core/path.js"
import { fromJs, isMap, type ValueMap } from "../../src/data/value.js"

const map = (value: object) => fromJs(value) as ValueMap

it("items see earlier items, the assignments of one item do not see each other", () => {
  const seen: unknown[] = []
  const assignments = runGenerator({
    document: map({ state: { cicdContextDataId: "c", n: "0" } }),
    items: map({
      a: {
        set: [
          { key: " state.n ", value: " 1 " },
          { key: "state.m", value: "2" },
        ],
      },
      never: { if: false, set: [{ key: "state.x", value: "y" }] },
      skipped: { if: "no", set: [{ key: "state.x", value: "y" }] },
      b: {
        if: "yes",
        set: [
          { key: "state.l[]", value: "p,q" },
          { key: "", value: "z" },
          { key: "blank", value: "z" },
          { key: "state.e", value: "" },
        ],
      },
      odd: "text",
    }),
    render: (template, document) => {
      seen.push(valueAt(document, ["state", "n"]))
      return template === "blank" ? " " : template
    },
    test: (template, _document, item) => isMap(item) && template === "yes",
    warn: () => {},
  })
  expect(assignments).toEqual([
    { op: "set", path: ["state", "n"], value: "1" },
    { op: "set", path: ["state", "m"], value: "2" },
    { op: "append", path: ["state", "l"], items: ["p", "q"], unique: false },
  ])
  expect([...new Set(seen.slice(0, 4))]).toEqual(["0"])
  expect([...new Set(seen.slice(4))]).toEqual(["1"])
})
