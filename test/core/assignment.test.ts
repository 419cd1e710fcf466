import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { applyAssignments, applyPossible } from "../../src/core/assignment.js"
import {
  legacyAssignment,
  legacyPairs,
  parseAssignment,
  parseIncrement,
  parseUnset,
} from "../../src/core/assignment-text.js"
import { valueAt } from "../../src/core/path.js"
import { parseJsonMap, writeJson } from "../../src/data/json.js"
import type { Value } from "../../src/data/value.js"
import { exitCodes } from "../../src/errors.js"

const ID = '"cicdContextDataId": "c"'
const docWith = (state: string) => parseJsonMap(`{"state": {${ID}${state && `, ${state}`}}}`)
const apply = (state: string, ...list: Parameters<typeof applyAssignments>[1]) => {
  const warnings: string[] = []
  const before = docWith(state)
  const text = writeJson(before)
  const after = applyAssignments(before, list, (message) => warnings.push(message))
  expect(writeJson(before), "the given document stays").toBe(text)
  return { state: writeJson(after).slice(`{"state": {${ID}`.length, -2).replace(/^, /, ""), warnings, after }
}

describe("strict assignments", () => {
  it.each([
    ["", "state.a=1", '"a": "1"'],
    ["", "state.a=", '"a": ""'],
    ["", "state.a= b=c ", '"a": " b=c "'],
    ["", "state.a=file://x", '"a": "file://x"'],
    ["", "state.a=x|state.b=y", '"a": "x|state.b=y"'],
    ["", 'state."x.y=z"=1', '"x.y=z": "1"'],
    ["", "state.a:=3", '"a": 3'],
    ["", "state.a:=3.0", '"a": 3.0'],
    ["", 'state.a:={"10": 1, "9": null}', '"a": {"10": 1, "9": null}'],
    ["", "state.a.b.c=x", '"a": {"b": {"c": "x"}}'],
    ['"l": ["a"]', "state.l[]=b,a", '"l": ["a", "b", "a"]'],
    ['"l": ["a", "a"]', "state.l{}=b,a", '"l": ["a", "b"]'],
    ['"l": ["a"]', "state.l[]=[]", '"l": []'],
    ['"l": ["a"]', "state.l{}=[]", '"l": []'],
    ['"l": ["a"]', "state.l[]:=[]", '"l": ["a"]'],
    ['"l": ["a"]', "state.l[]=", '"l": ["a"]'],
    ["", "state.l[]:=[]", '"l": []'],
    ['"l": ["a"]', 'state.l[]:=["x,y", 1]', '"l": ["a", "x,y", 1]'],
    ['"l": [1]', "state.l[]:=2", '"l": [1, 2]'],
    ['"l": null', "state.l[]=b", '"l": ["b"]'],
    ['"l": [1, true, 1.0, "1"]', 'state.l{}:=[1, {"a": 1}, {"a": 1.0}]', '"l": [1, "1", {"a": 1}]'],
    ['"l": ["a", "b"]', "state.l[0]=x", '"l": ["x", "b"]'],
    ['"l": [{"a": 1}]', "state.l[-1].b=2", '"l": [{"a": 1, "b": "2"}]'],
    ['"a": {"b": 1}', "state.a=flat", '"a": "flat"'],
    ['"z": 1, "a": 2', "state.z=3", '"z": "3", "a": 2'],
    ["", "state.__proto__.x=1", '"__proto__": {"x": "1"}'],
  ])("{%s} %s", (state, text, expected) => expect(apply(state, parseAssignment(text)).state).toBe(expected))

  it.each([
    ['"a": 1, "b": 2', "state.a", '"b": 2'],
    ['"l": [1, 2, 3]', "state.l[1]", '"l": [1, 3]'],
    ['"a": 1', "state.nope.deep", '"a": 1'],
    ['"a": 1', "state.l[4]", '"a": 1'],
  ])("{%s} --unset %s", (state, text, expected) => expect(apply(state, parseUnset(text)).state).toBe(expected))

  it.each([
    ["", "state.n", '"n": 1'],
    ['"n": 3', "state.n", '"n": 4'],
    ['"n": "3"', "state.n=-5", '"n": -2'],
    ['"n": 3', "state.n=0.5", '"n": 3.5'],
    ['"n": 1.0', "state.n", '"n": 2.0'],
    ['"n": 99999999999999999999', "state.n", '"n": 100000000000000000000'],
  ])("{%s} --increment %s", (state, text, expected) => expect(apply(state, parseIncrement(text)).state).toBe(expected))

  it.each([
    "",
    "x",
    "=v",
    "state.a",
    "a..b=1",
    "a.*=1",
    "state.a:=nope",
    "state.cicdContextDataId=x",
    'state."cicdContextDataId"=x',
  ])("refuses %j", (text) =>
    expect(() => parseAssignment(text)).toThrow(expect.objectContaining({ code: "USAGE", hint: expect.any(String) })),
  )

  it.each([
    ["texts", (i: number) => `${i}`],
    ["numbers", (i: number) => BigInt(i)],
    ["lists", (i: number) => [BigInt(i)]],
  ])("many %s are made unique without comparing each with each, be they given at once or one by one", (_name, item) => {
    const items = Array.from({ length: 200_000 }, (_, i) => item(i % 100_000))
    const append = (some: readonly Value[]) =>
      ({ op: "append", path: ["state", "l"], items: some, unique: true }) as const
    const { after } = apply("", append(items))
    expect(valueAt(after, ["state", "l"])).toEqual(items.slice(0, 100_000))
    expect(
      applyAssignments(
        docWith(""),
        items.map((one) => append([one])),
      ),
    ).toEqual(after)
  })

  it("what else happens to a unique list counts for the next unique item", () => {
    const { after } = apply(
      "",
      ...["l{}=a,b", "l[]=b", "l[0]=c", "l{}=a,b"].map((text) => parseAssignment(`state.${text}`)),
    )
    expect(valueAt(after, ["state", "l"])).toEqual(["c", "b", "a"])
  })
})

describe("many assignments", () => {
  it("give what one after the other gives, and share nothing with what they were given", () => {
    const list = ["state.a.x=1", "state.a.y=2", "state.l[]=p", "state.l[]=q", "state.l[0]=r", "state.a.x=3"].map(
      parseAssignment,
    )
    const value = new Map([["k", "v"]])
    const insert = { op: "set", path: ["state", "m"], value } as const
    const all = [...list, insert, parseAssignment("state.m.k=changed"), parseUnset("state.a.y")]
    const oneByOne = all.reduce(
      (document, assignment) => applyAssignments(document, [assignment]),
      docWith('"a": {"z": 0}'),
    )
    expect(writeJson(applyAssignments(docWith('"a": {"z": 0}'), all))).toBe(writeJson(oneByOne))
    expect(writeJson(oneByOne)).toContain('"a": {"z": 0, "x": "3"}, "l": ["r", "q"], "m": {"k": "changed"}')
    expect(value.get("k")).toBe("v")
  })

  it("take time that grows with their number, not with its square", () => {
    const list = Array.from({ length: 100_000 }, (_, i) => parseAssignment(i % 2 ? `state.k${i}=v` : "state.l[]=v"))
    expect(applyAssignments(docWith(""), list).size).toBe(1)
  })
})

describe("conflicts", () => {
  it.each([
    ['"a": "str"', "state.a[]=x", "state.a[]", "TYPE_CONFLICT"],
    ['"a": {"k": 1}', "state.a{}=x", "state.a{}", "TYPE_CONFLICT"],
    ['"l": [1]', "state.l.x=1", "state.l", "TYPE_CONFLICT"],
    ['"a": {"k": 1}', "state.a[0]=x", "state.a", "TYPE_CONFLICT"],
    ['"l": [1]', "state.l[1]=x", "state.l[1]", "PATH_NOT_FOUND"],
    ["", "state=x", "state", "TYPE_CONFLICT"],
    ["", "[0]=x", "$", "TYPE_CONFLICT"],
    ['"a": "x"', "state.a[]=[]", "state.a[]", "TYPE_CONFLICT"],
  ])("{%s} %s", (state, text, place, code) =>
    expect(() => apply(state, parseAssignment(text))).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(`"${place}"`),
        exitCode: exitCodes[code as "TYPE_CONFLICT"],
      }),
    ),
  )

  it("a scalar on the way is replaced by a map, with a warning", () => {
    const { state, warnings } = apply('"a": "x"', parseAssignment("state.a.b=1"))
    expect(state).toBe('"a": {"b": "1"}')
    expect(warnings).toEqual([expect.stringContaining('"state.a"')])
  })

  it.each([
    ["a legacy key", legacyAssignment("state.cicdContextDataId", "other")],
    ["the map around it", { op: "set", path: ["state"], value: new Map([["x", "y"]]) } as const],
    ["removing it", { op: "unset", path: ["state", "cicdContextDataId"] } as const],
  ])("the id stays, whatever assigns it: %s", (_, assignment) => {
    const { after, warnings } = apply("", assignment)
    expect(writeJson(after)).toContain(ID)
    expect(warnings).toHaveLength(1)
  })

  it("a path deeper than the bound is refused", () =>
    expect(() => apply("", legacyAssignment("state.".repeat(600), "x"))).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
    ))
})

describe("assignments of which some are not possible", () => {
  const possible = (state: string, texts: readonly string[]) => {
    const before = docWith(state)
    const { document, failures } = applyPossible(before, texts.map(parseAssignment))
    expect(before, "the given document stays").toEqual(docWith(state))
    return [writeJson(document.get("state")!), failures.map(({ code, message }) => `${code} ${message}`)]
  }

  it.each([
    ["none fails", '"l": []', ["state.l[]=1", "state.a=2"], '"l": ["1"], "a": "2"', 0],
    ["one alone", '"a": "x"', ["state.a[]=1"], '"a": "x"', 1],
    [
      "some, in order",
      '"l": ["x"]',
      ["state.l.k=1", "state.a=2", "state.l[5]=3", "state.a[]=4", "state.l[]=5"],
      '"l": ["x", "5"], "a": "2"',
      3,
    ],
    [
      "those that need one that failed",
      '"l": ["x"]',
      ["state.l.k[]=1", "state.l.k[0]=2", "state.b=3"],
      '"l": ["x"], "b": "3"',
      2,
    ],
    ["all", '"l": ["x"]', ["state.l.a=1", "state.l.b=2", "state.l.c=3"], '"l": ["x"]', 3],
  ])("%s", (_name, state, texts, expected, failed) => {
    const [after, failures] = possible(state, texts)
    expect(after).toBe(`{${ID}, ${expected}}`)
    expect(failures).toHaveLength(failed)
  })

  it("each failure says what it is about", () =>
    expect(possible('"l": ["x"]', ["state.l.k=1", "state.a=2", "state.l[5]=3"])[1]).toEqual([
      expect.stringMatching(/^TYPE_CONFLICT .*"state\.l"/),
      expect.stringMatching(/^PATH_NOT_FOUND .*"state\.l\[5\]"/),
    ]))

  it("are what is left when those that fail are taken out, whichever these are", () => {
    const texts = [
      "state.a=1",
      "state.a[]=2",
      "state.a.b=3",
      "state.l[]=4",
      "state.l.k=5",
      "state.l[0]=6",
      "state.l[9]=7",
    ]
    const lists = fc.array(fc.constantFrom(...texts.map(parseAssignment)), { maxLength: 12 })
    fc.assert(
      fc.property(lists, (list) => {
        const one = list.reduce(
          ({ document, failures }, assignment) => {
            const next = applyPossible(document, [assignment])
            return { document: next.document, failures: [...failures, ...next.failures] }
          },
          applyPossible(docWith(""), []),
        )
        const all = applyPossible(docWith(""), list)
        expect(writeJson(all.document)).toBe(writeJson(one.document))
        expect(all.failures.map(String)).toEqual(one.failures.map(String))
      }),
    )
  })

  it("a bug is no failure of theirs", () => {
    const path = {
      get length() {
        throw new Error("a bug")
      },
    } as unknown as readonly string[]
    expect(() => applyPossible(docWith(""), [{ op: "unset", path }])).toThrow("a bug")
  })
})

describe("legacy pairs", () => {
  it.each([
    ["a=1", [["a", "1"]]],
    ["a=b=c", [["a", "b=c"]]],
    [" a = b ", [["a", "b"]]],
    [
      "|a=1||b=2|",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    ["- a=b", [["- a", "b"]]],
    ["a=x|y", [["a", "x"]]],
  ])("%j", (text, pairs) => expect(legacyPairs(text, () => {}).map(({ key, value }) => [key, value])).toEqual(pairs))

  it.each(["x", "=v", "a=", "a= "])("%j is skipped with a warning", (text) => {
    const warnings: string[] = []
    expect(legacyPairs(text, (message) => warnings.push(message))).toEqual([])
    expect(warnings).toHaveLength(1)
  })

  it.each([
    ["state.l[0]", { op: "set", path: ["state", "l[0]"], value: "v,w" }],
    ["a..b", { op: "set", path: ["a", "", "b"], value: "v,w" }],
    ["a[]b", { op: "append", path: ["ab"], items: ["v", "w"], unique: false }],
    ["q[]{}", { op: "append", path: ["q"], items: ["v", "w"], unique: true }],
  ])("%s", (key, assignment) => expect(legacyAssignment(key, "v,w")).toEqual(assignment))
})
