import { describe, expect, it } from "vitest"
import { baseNames, buildDocument, macrosText } from "../../src/core/context-data.js"
import { writeJson } from "../../src/data/json.js"
import { fromJs, type ValueMap } from "../../src/data/value.js"

const build = (app: object, { bases = [] as object[], contextName = "stage" } = {}) => {
  const rendered: string[] = []
  const document = buildDocument({
    app: fromJs(app) as ValueMap,
    bases: bases.map((base) => fromJs(base) as ValueMap),
    id: "c1",
    contextName,
    assignments: [{ op: "set", path: ["state", "k"], value: "v" }],
    render: (template, current) => {
      rendered.push(template)
      return `${template}|${[...current.keys()].join(",")}`
    },
    warn: () => {},
  })
  return { document, text: writeJson(document), rendered }
}

describe("buildDocument", () => {
  it("adds the app file as read, the macros, the state and the assignments, in this order", () => {
    const app = {
      "jinja2-macros": { one: " {% macro a() %}{% endmacro %} ", two: "x\n" },
      "cicd-contexts": { stage: { channel: "c" } },
    }
    const { document, text } = build(app)
    expect([...document.keys()]).toEqual(["channel", "appPipelinesConfig", "jinja2Macros", "state"])
    expect(document.get("appPipelinesConfig")).toEqual(fromJs(app))
    expect(macrosText(document)).toBe("{% macro a() %}{% endmacro %}x")
    expect(text).toContain('"state": {"cicdContextDataId": "c1", "cicdContextName": "stage", "k": "v"}')
  })

  it("merges the bases in order and the app last", () => {
    const context = (channel: string, own: object) => ({ "cicd-contexts": { stage: { channel, ...own } } })
    const { text } = build(context("app", { c: 3 }), { bases: [context("one", { a: 1 }), context("two", { a: 2 })] })
    expect(text).toMatch(/^\{"channel": "app", "a": 2, "c": 3, /)
  })

  it("renders variables in order, each against what is there by then, added to the context's own", () => {
    const { document, rendered } = build({
      variables: { a: "{{x}}", b: 5, t: true, n: null, l: [1] },
      "cicd-contexts": { stage: { variables: { own: "o" } } },
    })
    expect(rendered).toEqual(["{{x}}", "5", "True"])
    const keys = "variables,appPipelinesConfig,jinja2Macros,state"
    expect(writeJson(document.get("variables")!)).toBe(
      `{"own": "o", "a": "{{x}}|${keys}", "b": "5|${keys}", "t": "True|${keys}", "n": null, "l": [1]}`,
    )
  })

  it("keeps a state that the context brings, but not its id", () =>
    expect(build({ "cicd-contexts": { stage: { state: { cicdContextDataId: "x", a: 1 } } } }).text).toContain(
      '"state": {"cicdContextDataId": "c1", "cicdContextName": "stage", "a": 1, "k": "v"}',
    ))

  it.each([
    [{ "cicd-contexts": { prod: {}, stagee: {} } }, 'did you mean "stagee"?'],
    [{ "cicd-contexts": { stage: "x" } }, '"cicd-contexts.stage" must be a map'],
    [{}, '"cicd-contexts.stage"'],
    [{ "cicd-contexts": [] }, '"cicd-contexts" in the app file must be a map'],
    [{ variables: "x", "cicd-contexts": { stage: {} } }, '"variables"'],
  ])("%j is refused", (app, message) =>
    expect(() => build(app)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(message) }),
    ),
  )

  it("bases that are no list name none", () => {
    expect(baseNames(fromJs({ bases: "b.yaml" }) as ValueMap)).toEqual([])
    expect(baseNames(fromJs({ bases: ["a.yaml", 1] }) as ValueMap)).toEqual(["a.yaml", "1"])
  })
})
