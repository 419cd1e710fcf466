/** Templates that others wrote, at the command line: beyond a bound it is exit code 8, whatever is exceeded. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { cli, tempDir } from "../support/cli.js"
import { expectBounded, measured, python } from "./bounded.js"

const grow = (body: string, start = "'ab'") =>
  `{% set ns = namespace(v=${start}) %}{% for i in range(99) %}{% set ns.v = ${body} %}{% endfor %}{{ ns.v }}`

const BOMBS: Readonly<Record<string, string>> = {
  "time and steps": "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
  "the size of the result": "{% for a in range(999999) %}{{ 'x' * 1000 }}{% endfor %}",
  "the size of a text": grow("ns.v ~ ns.v"),
  "the length of a list": grow("ns.v + ns.v", "[1]"),
  "the size of a number": grow("ns.v * ns.v", "7"),
  "shared lists": grow("[ns.v, ns.v]"),
  "a key of tuples": `${grow("(ns.v, ns.v)", "1").replace("{{ ns.v }}", "{{ {}[ns.v] }}")}`,
  "recursion of macros": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
  "nesting of data":
    "{% set ns = namespace(v=[]) %}{% for i in range(9999) %}{% set ns.v = [ns.v] %}{% endfor %}{{ ns.v }}",
  "nesting of its text": `{{ ${"(".repeat(5000)}1${")".repeat(5000)} }}`,
  "the length of its text": "{{ 1 }}".repeat(400_000),
  "many small objects": `{% set l = [] %}{% for i in range(999999) %}{% set _ = l.append([${"{},".repeat(20)}]) %}{% endfor %}`,
}

describe.skipIf(!python)("a template that exceeds", () => {
  it.each(Object.entries(BOMBS))("%s", (_name, template) => {
    const folder = tempDir({ t: template, "data.json": "{}" })
    expectBounded(measured({ folder, args: ["render", "--file", "t", "--data", "data.json"] }), [8])
  })

  it.each(["variables", "jinja2-macros"])(
    "a bound in the %s of an app file keeps its context from being made",
    (place) => {
      const bomb =
        place === "variables" ? BOMBS["shared lists"]! : `{% macro m() %}{% endmacro %}${BOMBS["time and steps"]}`
      const app = { [place]: { bomb }, variables: { v: "{{ 1 }}", ...(place === "variables" ? { bomb } : {}) } }
      const folder = tempDir({ "app.yaml": JSON.stringify({ ...app, "cicd-contexts": { stage: {} } }) })
      expectBounded(measured({ folder, args: ["init", "c", "--app-config", "app.yaml"] }), [8])
      expect(cli(folder, ["list"]).stdout).toBe("")
    },
  )

  it.each([
    ["work", "{% for a in range(900) %}{% for b in range(900) %}{{ a }}{% endfor %}{% endfor %}"],
    ["text", "{{ 'x' * 9000000 }}"],
  ])("the bounds of all together in %s, though none does alone", (_name, template) => {
    const variables = Array.from({ length: 3000 }, (_, i) => `v${i}: *t`)
    const app = `x: &t "${template}"\nvariables: {${variables}}\ncicd-contexts: {stage: {}}\n`
    const folder = tempDir({ "app.yaml": app })
    const { stderr } = expectBounded(measured({ folder, args: ["init", "c", "--app-config", "app.yaml"] }), [8])
    expect(stderr).toContain("variables.v")
  })

  it("a bound in a choice generator's YAML fails its block", () => {
    const template = "{% for i in range(90000) %}c{{ i }}: {header: h, options: []}\n{% endfor %}"
    const event = {
      "manual-choice": { title: "t", "choice-generators": { g: { foreach: "m", iterator: "i", template } } },
    }
    const folder = tempDir({
      "config.yaml": JSON.stringify({
        cicdstatemgr: {
          datasources: { jsonfile: { path: "p.json", isPrimary: true } },
          slack: { url: "http://127.0.0.1:9/" },
          templates: { "manual-choice": "{}" },
        },
      }),
      "app.yaml": JSON.stringify({
        "cicd-contexts": { stage: { m: { a: 1 }, pipelines: { p: { "event-handlers": { e: event } } } } },
      }),
    })
    const args = ["--config", join(folder, "config.yaml")]
    expect(cli(folder, ["init", "c", "--app-config", "app.yaml", ...args]).status).toBe(0)
    expectBounded(measured({ folder, args: ["handle-event", "p=e", "--id", "c", ...args] }), [5])
  })
})
