import { describe, expect, it } from "vitest"
import {
  createJinja,
  DEFAULT_LIMITS,
  JinjaError,
  type JinjaOptions,
  parseJson,
  type Scope,
} from "../../src/jinja/index.js"

const empty: Scope = new Map()
const render = (template: string, scope = empty, options: JinjaOptions = {}) =>
  createJinja(options).render(template, scope)

function failure(template: string, scope = empty, options: JinjaOptions = {}): JinjaError {
  try {
    render(template, scope, options)
  } catch (error) {
    if (error instanceof JinjaError) return error
    throw error
  }
  throw new Error(`no error from ${template}`)
}

describe("given data", () => {
  it.each([
    ["{{ d.l.append(3) }}{{ d.l }}", "None[1, 2, 3]"],
    ["{{ d.update(a=1) }}{{ d.a }}", "None1"],
    ["{% set x = d.l %}{{ x.append(3) }}{{ d.l|length }}{{ d }}", "None3{'l': [1, 2, 3], 'm': {}}"],
    ["{{ d.m.setdefault('k', 1) }}{{ d|tojson }}", '1{"l": [1, 2], "m": {"k": 1}}'],
    ["{% for i in d.l %}{% if i == 1 %}{{ d.l.append(9) }}{% endif %}{{ i }}{% endfor %}", "None129"],
  ])("is changed within the render only: %s", (template, expected) => {
    const scope = parseJson('{"d": {"l": [1, 2], "m": {}}}')
    expect(render(template, scope)).toBe(expected)
    expect(scope).toEqual(parseJson('{"d": {"l": [1, 2], "m": {}}}'))
    expect(render(template, scope)).toBe(expected)
  })

  it("keeps one object where one container stands at two places", () => {
    const list = [1n]
    const scope = new Map([
      ["a", list],
      ["b", list],
    ])
    expect(render("{{ a.append(2) }}{{ b }}{{ a is sameas b }}", scope)).toBe("None[1, 2]True")
  })
})

describe("errors", () => {
  it("say class, message, template, line and column, and show the line with a caret", () => {
    const jinja = createJinja()
    const thrown = (() => {
      try {
        return jinja.render("one\n  {{ a.b.c }}\n", empty, { name: "notify" })
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toMatchObject({
      pythonClass: "UndefinedError",
      message: "'a' is undefined",
      templateName: "notify",
      line: 2,
      column: 7,
      excerpt: "  {{ a.b.c }}\n      ^",
    })
  })

  it.each([
    ["a\n{{ 1 + }}", "TemplateSyntaxError", 2],
    ["{% if x %}\n\nfoo", "TemplateSyntaxError", 3],
    ["\n\n{{ x|nosuch }}", "TemplateAssertionError", 3],
    ["\n{% for i in [1] %}\n{{ 1 // 0 }}\n{% endfor %}", "ZeroDivisionError", 3],
    ["{% macro m() %}\n{{ 'a' + 1 }}{% endmacro %}\n{{ m() }}", "TypeError", 2],
    ["{% include 'x' %}", "TypeError", 1],
  ])("%j fails in its line", (template, pythonClass, line) => {
    expect(failure(template)).toMatchObject({ pythonClass, line, templateName: "<template>" })
  })

  it("of a given filter carry their cause", () => {
    const cause = new Error("no such secret")
    const fail = () => {
      throw cause
    }
    expect(failure("{{ 1|fail }}", empty, { filters: { fail } })).toMatchObject({ pythonClass: "RuntimeError", cause })
  })
})

describe("filters given", () => {
  it("take data and give data", () => {
    const filters: JinjaOptions["filters"] = {
      pair: (value, args, kwargs) => [value, ...args, kwargs.get("k") ?? null],
      upper: () => "mine",
    }
    expect(render("{{ 1|pair((2, 3), k='v') }}{{ 'a'|upper }}", empty, { filters })).toBe("[1, [2, 3], 'v']mine")
  })
})

describe("prelude", () => {
  const prelude = "{%- macro hi(n=name) -%}\n Hi {{ n }}\n{%- endmacro -%}{% set top = 'T' %}P"
  const scope = parseJson('{"name": "Al"}')

  it.each([
    "{{ hi() }}",
    "{{ hi('x') }}{{ top }}",
    "{% set name = 'changed' %}{{ hi() }}",
    "{% macro hi() %}mine{% endmacro %}{{ hi() }}",
    "{% block b %}{{ hi() }}{{ top }}{% endblock %}",
    "  text",
    "",
    "\n",
    "{{- hi }}",
    "{% for i in [1] %}{{ hi(i) }}{% endfor %}",
    "{% call(x) hi() %}{% endcall %}",
    "{{ nosuch.x }}",
  ])("gives what the text before the template gives: %j", (template) => {
    for (const text of [
      prelude,
      `${prelude}  `,
      `${prelude}\n`,
      `${prelude}{% if true -%}{% endif -%}  `,
      `${prelude}{`,
    ]) {
      const result = (run: () => string) => {
        try {
          return run()
        } catch (error) {
          return error instanceof JinjaError ? `${error.pythonClass}: ${error.message}` : "?"
        }
      }
      expect(result(() => render(template, scope, { prelude: text }))).toBe(
        result(() => render(text + template, scope)),
      )
    }
  })

  it("that does not parse fails every render, by its own line", () => {
    const jinja = createJinja({ prelude: "ok\n{% macro %}" })
    for (const template of ["a", "{{ 1 }}"]) {
      expect(() => jinja.render(template, empty)).toThrow(
        expect.objectContaining({ pythonClass: "TemplateSyntaxError", templateName: "<prelude>", line: 2 }),
      )
    }
  })

  it("tells its own failures from the template's", () => {
    const options = { prelude: "{% macro m() %}\n{{ 1 // 0 }}{% endmacro %}" }
    expect(failure("\n\n{{ m() }}", empty, options)).toMatchObject({ templateName: "<prelude>", line: 2 })
    expect(failure("\n\n{{ 1 // 0 }}", empty, options)).toMatchObject({ templateName: "<template>", line: 3 })
  })

  it("does not keep what one render sets for the next", () => {
    const jinja = createJinja({ prelude: "{% set seen = [] %}" })
    for (let i = 0; i < 2; i++) expect(jinja.render("{{ seen.append(1) }}{{ seen }}", empty)).toBe("None[1]")
  })
})

describe("limits", () => {
  it.each([
    ["steps", "{% for i in range(100) %}{% endfor %}", 50],
    ["text", "{{ 'ab' * 30 }}", 50],
    ["text", "{% for i in range(30) %}abc{% endfor %}", 50],
    ["items", "{{ [0] * 51 }}", 50],
    ["items", "{{ range(51)|list }}", 50],
    ["bits", "{{ 2 ** 60 }}", 50],
    ["bits", "{% set ns = namespace(n=3) %}{% for i in range(9) %}{% set ns.n = ns.n * ns.n %}{% endfor %}", 50],
  ] as const)("%s bounds %s", (name, template, value) => {
    expect(failure(template, empty, { limits: { [name]: value } }).pythonClass).toBe("LimitError")
    expect(render(template, empty, { limits: { [name]: DEFAULT_LIMITS[name] } })).toBeTypeOf("string")
  })

  it("depth bounds macros as Python's recursion limit does", () => {
    const template = "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(20) }}"
    expect(failure(template, empty, { limits: { depth: 50 } }).pythonClass).toBe("RecursionError")
    expect(render(template)).toBe("")
  })

  it("time is looked at while a template works", () => {
    const template = "{% for i in range(100000) %}{% endfor %}"
    expect(failure(template, empty, { limits: { time: -1 } }).pythonClass).toBe("LimitError")
  })
})
