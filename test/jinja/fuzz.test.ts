import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createJinja, JinjaError, parseJson } from "../../src/jinja/index.js"

/** The same templates in each run of the tests; many and random ones in the long form. */
const runs = (numRuns: number) =>
  process.env.CICDSTATEMGR_TEST_LONG === "1" ? { numRuns: 20 * numRuns } : { numRuns, seed: 20_260_101 }

const jinja = createJinja({ limits: { steps: 20_000, text: 100_000, items: 10_000 } })
const scope = parseJson(
  '{"x": 5, "y": "text", "l": [1, [2, null], {"a": 1.5}], "d": {"a": {"b": [1]}, "items": 1}, "t": true, "n": null}',
)

/** Renders; anything thrown but a JinjaError with a place fails the property. */
function survives(template: string): void {
  try {
    expect(jinja.render(template, scope)).toBeTypeOf("string")
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error
    expect(error.pythonClass).toMatch(/^[A-Z]\w*$/)
    expect(error.line).toBeGreaterThan(0)
    expect(error.column).toBeGreaterThan(0)
  }
}

const pick = (...texts: string[]) => fc.constantFrom(...texts)
const name = pick(
  "x",
  "y",
  "l",
  "d",
  "t",
  "n",
  "m",
  "ns",
  "loop",
  "self",
  "caller",
  "missing",
  "range",
  "dict",
  "a",
  "b",
)
const literal = pick(
  "0",
  "1",
  "-7",
  "2.5",
  "1e99",
  "'s'",
  "'%s %d'",
  "'{}{0}'",
  "''",
  "none",
  "true",
  "[]",
  "{}",
  "()",
  "10**40",
  "'\\x41'",
  "'é🚀'",
)
const filter = pick(
  "upper",
  "list",
  "length",
  "join(',')",
  "map('upper')",
  "map(attribute='a')",
  "sort",
  "tojson",
  "default(1)",
  "first",
  "last",
  "sum",
  "e",
  "safe",
  "int",
  "round(2)",
  "batch(2)",
  "slice(3)",
  "groupby('a')",
  "unique",
  "reverse",
  "indent",
  "wordwrap(3)",
  "truncate(3)",
  "urlize",
  "striptags",
  "format(1)",
  "replace('a','b')",
  "to_nice_yaml",
  "from_json",
  "to_base64",
  "pprint",
  "dictsort",
  "xmlattr",
  "select('odd')",
  "nosuch",
)
const operator = pick("+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or")
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    name,
    literal,
    fc.tuple(tie("expression"), operator, tie("expression")).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie("expression"), filter).map(([a, f]) => `${a}|${f}`),
    fc
      .tuple(
        tie("expression"),
        pick(
          "a",
          "items()",
          "upper()",
          "append(1)",
          "0",
          "b",
          "update(a=l)",
          "split()",
          "index",
          "cycle(1,2)",
          "__class__",
        ),
      )
      .map(([a, n]) => `(${a}).${n}`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a})[${b}]`),
    fc.tuple(tie("expression"), pick("1:", ":-1", "::2", "::-1", "::0", "x:")).map(([a, b]) => `(${a})[${b}]`),
    fc.tuple(tie("expression"), tie("expression"), tie("expression")).map(([a, b, c]) => `(${a} if ${b} else ${c})`),
    fc.tuple(name, tie("expression"), tie("expression")).map(([f, a, b]) => `${f}(${a}, k=${b})`),
    fc
      .tuple(
        tie("expression"),
        pick("defined", "none", "odd", "string", "iterable", "sameas n", "in l", "divisibleby 2", "nosuch"),
      )
      .map(([a, t]) => `${a} is ${t}`),
  ),
}))

const { body } = fc.letrec<{ body: string; statement: string }>((tie) => ({
  body: fc.array(tie("statement"), { maxLength: 3 }).map((parts) => parts.join("")),
  statement: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string({ maxLength: 6 }),
    expression.map((e) => `{{ ${e} }}`),
    fc.tuple(pick("a", "b", "a, b", "ns.v", "loop"), expression).map(([t, e]) => `{% set ${t} = ${e} %}`),
    fc
      .tuple(pick("a", "a, b", "x"), expression, pick("", " if a", " recursive"), tie("body"))
      .map(([t, e, r, b]) => `{% for ${t} in ${e}${r} %}${b}{% endfor %}`),
    fc.tuple(expression, tie("body"), tie("body")).map(([e, a, b]) => `{% if ${e} %}${a}{% else %}${b}{% endif %}`),
    fc.tuple(pick("", "a", "a, b=x"), tie("body")).map(([a, b]) => `{% macro m(${a}) %}${b}{% endmacro %}`),
    tie("body").map((b) => `{% call(a) m(1) %}${b}{% endcall %}`),
    fc.tuple(filter, tie("body")).map(([f, b]) => `{%- filter ${f} -%}${b}{%- endfilter -%}`),
    fc.tuple(expression, tie("body")).map(([e, b]) => `{% with a = ${e} %}${b}{% endwith %}`),
    fc.tuple(pick("p", "q"), tie("body")).map(([n, b]) => `{% block ${n} scoped %}${b}{% endblock %}`),
    fc.tuple(expression, tie("body")).map(([e, b]) => `{% autoescape ${e} %}${b}{% endautoescape %}`),
    pick(
      "{% break %}",
      "{% continue %}",
      "{# c #}",
      "{% raw %}{{{% endraw %}",
      "{% include x %}",
      "{% set ns = namespace(v=1) %}",
    ),
  ),
}))

const fragment = pick(
  "{{",
  "}}",
  "{%",
  "%}",
  "{#",
  "#}",
  "-",
  "+",
  "raw",
  "endraw",
  "for",
  "in",
  "if",
  "else",
  "endif",
  "set",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  "'",
  '"',
  "\\",
  ".",
  "|",
  "is",
  "not",
  "*",
  "**",
  ",",
  ":",
  "=",
  "1",
  "1.5e",
  "_",
  "\n",
  "\r\n",
  "\u2028",
  " ",
  "é",
  "🚀",
  "\ud83d",
)

describe("any template gives text or a JinjaError", () => {
  it("from the grammar", () => fc.assert(fc.property(body, survives), runs(1500)))
  it("from expressions", () =>
    fc.assert(
      fc.property(
        expression.map((e) => `{{ ${e} }}`),
        survives,
      ),
      runs(2500),
    ))
  it("from fragments of syntax", () =>
    fc.assert(
      fc.property(
        fc.array(fragment, { maxLength: 25 }).map((f) => `{{${f.join("")}`),
        survives,
      ),
      runs(3000),
    ))
  it("from any text", () => fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), survives), runs(2000)))
})
