import { describe, expect, it } from "vitest"
import { createJinja, JinjaError, parseJson } from "../../src/jinja/index.js"

const jinja = createJinja()
const scope = () =>
  parseJson(
    '{"s": "text", "l": [1, 2], "d": {"a": 1, "__proto__": "own", "constructor": "own"}, "n": 7, "f": 1.5, "o": {"x": {"y": "z"}}, "long": 3}',
  )

/** Text or a JinjaError; anything else thrown fails the test. */
function outcome(template: string): { text?: string; error?: JinjaError } {
  try {
    return { text: jinja.render(template, scope()) }
  } catch (error) {
    if (error instanceof JinjaError) return { error }
    throw error
  }
}

/** What only the runtime below could have printed. */
const LEAKS = /function|\[native|\[object|prototype|=>|process|require|Symbol\(|at .*\.[jt]s|<class|globals/i
const NAMES = [
  "constructor",
  "__proto__",
  "prototype",
  "__class__",
  "__mro__",
  "__subclasses__",
  "__globals__",
  "__init__",
  "__dict__",
  "__defineGetter__",
  "__lookupGetter__",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "isPrototypeOf",
  "toLocaleString",
  "apply",
  "call",
  "bind",
  "caller",
  "arguments",
  "callee",
  "then",
  "own",
  "given",
  "attribute",
  "bytes",
  "title",
]
const OWNERS = [
  "''",
  "[]",
  "{}",
  "()",
  "1",
  "1.5",
  "none",
  "range(3)",
  "s.upper",
  "range",
  "cycler('a')",
  "joiner()",
  "namespace()",
  "dict",
  "lipsum",
  "(1,2)|map('string')",
  "l.append",
  "o.items()",
  "self",
  "'a'|safe",
  "m",
  "loop",
]

describe("names of the runtime give nothing", () => {
  it.each(NAMES)("%s in every spelling", (name) => {
    for (const owner of OWNERS) {
      const setUp = "{% macro m() %}{% endmacro %}"
      const spellings = [
        `(${owner}).${name}`,
        `(${owner})['${name}']`,
        `(${owner})|attr('${name}')`,
        `[${owner}]|map(attribute='${name}')|first`,
        `([${owner}]|groupby('${name}')|first)[0]`,
        `[${owner}]|sort(attribute='${name}')|map(attribute='${name}')|join`,
        `[${owner}]|sum(attribute='${name}', start='')`,
        `(${owner})['${[...name].map((char) => `\\x${char.charCodeAt(0).toString(16)}`).join("")}']`,
        `(${owner})|attr('${name.slice(0, 2)}' ~ '${name.slice(2)}')`,
        `'{0.${name}}'.format(${owner})`,
        `'{0[${name}]}'.format(${owner})`,
      ]
      for (const spelling of spellings) {
        // What has an attribute of that name in Python keeps it; only what it prints is looked at.
        const { text, error } = outcome(`${setUp}{% for i in [1] %}{{ ${spelling} }}{% endfor %}`)
        if (text !== undefined && !/^<(?:built-in|bound|Macro)/.test(text)) expect(text, spelling).not.toMatch(LEAKS)
        if (error) expect(error.pythonClass, spelling).toMatch(/^[A-Z]\w+$/)
        const walked = outcome(`${setUp}{{ (${spelling}).${name}.${name}('return 1')() }}`)
        expect(walked.error, spelling).toBeInstanceOf(JinjaError)
      }
    }
  })
})

describe("own data by such names is data", () => {
  it.each([
    ["{{ d.__proto__ }}{{ d['constructor'] }}", "ownown"],
    ["{{ {'__proto__': 1}.__proto__ }}", "1"],
    ["{% set x = dict(__proto__=2, constructor=3) %}{{ x }}{{ {}.constructor }}", "{'__proto__': 2, 'constructor': 3}"],
    ["{% set ns = namespace() %}{% set ns.__proto__ = 5 %}{{ ns.__proto__ }}{{ namespace().__proto__ }}", "5"],
    ["{% set __proto__ = 4 %}{{ __proto__ }}", "4"],
    ['{{ \'{"__proto__": {"x": 1}}\'|from_json }}{{ {}.x }}', "{'__proto__': {'x': 1}}"],
    ["{% macro constructor(__proto__=1) %}{{ __proto__ }}{% endmacro %}{{ constructor() }}", "1"],
  ])("%s", (template, expected) => {
    expect(outcome(template).text).toBe(expected)
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  it.each(["[]", "{}", "([],)", "{}.keys()", "{'a': 1}.items()"])("%s is no key, and finds nothing", (key) =>
    expect(outcome(`{{ {}[${key}] is undefined }}`).text).toBe("True"),
  )

  it.each(["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"])(
    "%s is no filter, test, tag or variable",
    (name) => {
      expect(outcome(`{{ 1|${name} }}`).error?.pythonClass).toBe("TemplateAssertionError")
      expect(outcome(`{{ 1 is ${name} }}`).error?.pythonClass).toBe("TemplateAssertionError")
      expect(outcome(`{% ${name} %}`).error?.pythonClass).toBe("TemplateSyntaxError")
      expect(outcome(`{{ [1]|map('${name}')|list }}`).error?.pythonClass).toBe("TemplateRuntimeError")
      expect(outcome(`{{ [1]|select('${name}')|list }}`).error?.pythonClass).toBe("TemplateRuntimeError")
      expect(outcome(`[{{ ${name} }}]`).text).toBe("[]")
      expect(outcome(`{{ '${name}' is filter }}{{ '${name}' is test }}`).text).toBe("FalseFalse")
    },
  )
})

const grow = (body: string, start = "'ab'") =>
  `{% set ns = namespace(v=${start}) %}{% for i in range(99) %}{% set ns.v = ${body} %}{% endfor %}`
const nest = (open: string, close: string, times: number, core = "1") =>
  `{{ ${open.repeat(times)}${core}${close.repeat(times)} }}`

describe("bombs end in a clear error", () => {
  it.each([
    "{{ 'a' * 10**9 }}",
    "{{ 10**9 * 'a' }}",
    "{{ [0] * 10**9 }}",
    "{{ (1,) * 10**12 }}",
    "{{ 10**(10**10) }}",
    "{{ 2**(10**8) }}",
    "{{ 1.5 ** (10**10) }}",
    "{{ 2**99999 }}",
    "{{ s|center(10**9) }}",
    "{{ s.ljust(10**9) }}",
    "{{ s.zfill(10**10) }}",
    "{{ s|indent(10**9) }}",
    "{{ ('a\n' * 100000)|indent(10000) }}",
    "{{ [1]|batch(10**9, 0)|list }}",
    "{{ [1]|slice(10**9)|list }}",
    "{{ range(10**9)|list }}",
    "{{ ('[' ~ '{},' * 1500000 ~ '1]') | from_json | length }}",
    "{{ range(10**30)|length }}",
    "{% for i in range(10**8) %}{% endfor %}",
    "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in range(999999) %}{{ 'x' * 1000 }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% macro m() %}{{ 'a' * 10000000 }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% macro r() %}{% call m() %}{{ r() }}{% endcall %}{% endmacro %}{{ r() }}",
    "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    `${grow("ns.v ~ ns.v")}`,
    `${grow("ns.v + ns.v")}`,
    `${grow("ns.v + ns.v", "[1]")}`,
    `${grow("ns.v * ns.v", "7")}`,
    `${grow("[ns.v, ns.v]")}{{ ns.v }}`,
    `${grow("[ns.v, ns.v]")}{{ ns.v|tojson }}`,
    `${grow("[ns.v, ns.v]")}{{ ns.v|pprint }}`,
    `${grow("(ns.v, ns.v)", "1")}{{ {ns.v: 1} }}`,
    `${grow("[ns.v, ns.v]")}{% set a = ns.v %}${grow("[ns.v, ns.v]")}{{ a == ns.v }}`,
    "{{ ('a,' * 1000000)|replace('a', 'b' * 1000) }}",
    "{{ ('ab' * 1000)|replace('', 'x' * 100000) }}",
    "{{ (('x' * 10000) * 100).join(['a'] * 1000) }}",
    "{{ ['x' * 1000000] * 1000 }}",
    "{{ (['x' * 1000000] * 1000)|tojson }}",
    "{{ (['x' * 1000000] * 1000)|join }}",
    "{{ [1]|tojson(indent=10**9) }}",
    "{{ lipsum(n=10**6) }}",
    "{{ lipsum(n=1, min=10**8, max=10**9) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%.1000000000f' % 1.5 }}",
    "{{ '%*d' % (10**9, 1) }}",
    "{{ '%s' * 1000000 % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ '{:.1000000000f}'.format(1.5) }}",
    "{{ '{:,>{w}}'.format(1, w=10**9) }}",
    "{{ ('\t' * 1000)|string ~ ('\t' * 100000).expandtabs(10**6) }}",
    "{% set l = [1] %}{% for i in l %}{{ l.append(1) or '' }}{% endfor %}",
    "{{ cycler(*range(10**6)) }}",
    "{{ dict.fromkeys(range(10**7)) }}",
    "{{ range(10**6)|map('string')|map('center', 1000)|join }}",
    `{% set ns = namespace(v=1) %}{% for i in range(500) %}{% set ns.v = (ns.v, ns.v) %}{% endfor %}{{ {}[ns.v] }}`,
    `{% set ns = namespace(l=[]) %}{% for i in range(999999) %}{% set ns.l = [ns.l${", {}".repeat(20)}] %}{% endfor %}`,
    "{% set l = range(100000)|list %}{% for i in range(900000) %}{% set _ = l.pop(0) %}{% endfor %}",
    "{% set l = range(100000)|list %}{% for i in range(900000) %}{% set _ = l.insert(0, 1) %}{% endfor %}",
    "{% for i in range(999999) %}{{ 2**99000 // 7 and '' }}{{ (2**99000) % 7 and '' }}{% endfor %}",
    "{% set x = 2**99000 %}{{ ([x] * 900000)|sort|length }}",
    "{% for i in range(999999) %}{{ '%.99999f' % 1.5 and '' }}{% endfor %}",
    "{{ '%.600000e' % 1.5 }}{{ '%.600000g' % 1e-300 }}",
    "{{ range(10**18)|map('string')|list }}",
    "{{ 'x' in (range(10**18)|map('string')) }}",
    "{% for i in range(10**18)|map('string') %}{{ loop.length }}{% endfor %}",
    "{{ range(10**18)|reject('ge', 0)|first }}",
    "{{ ([range(900000)] * 900)|map('list')|list }}",
    "{{ ([[0] * 1000] * 900000)|sum(start=[]) }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% block a %}{% for i in range(9) %}{{ self.a() }}{% endfor %}{% endblock %}",
    "{{ 'a'|indent('x' * 9999999, true)|indent('x' * 9999999, true) }}",
    "{{ ('a\n' * 1500000)|wordwrap(1, wrapstring='x' * 1000)|length }}",
    "{% set s = 'a' * 5000000 %}{{ s.find('a' * 2500000 ~ 'b') }}",
    "{{ [[[[1]]]]|tojson(indent=9999999) }}",
    "{{ (range(1000)|list) * 1000 == (range(1000)|list) * 1000 and (range(10**6)|list)|sort == [] }}{{ 1 // 0 }}",
  ])("%s", (template) => {
    const { error } = outcome(template)
    expect(error?.pythonClass).toMatch(
      /^(?:LimitError|RecursionError|OverflowError|TypeError|ValueError|ZeroDivisionError)$/,
    )
  })
})

describe("nesting never reaches the end of the stack", () => {
  it.each([
    ["parentheses", nest("(", ")", 10_000)],
    ["lists", nest("[", "]", 10_000)],
    ["dicts", nest("{1:", "}", 10_000)],
    ["signs", nest("-", "", 10_000)],
    ["nots", nest("not ", "", 10_000)],
    ["sums", nest("1 + ", "", 10_000)],
    ["powers", nest("1 ** ", "", 10_000)],
    ["attributes", nest("", ".a", 10_000, "x")],
    ["items", nest("", "[0]", 10_000, "x")],
    ["calls", nest("", "()", 10_000, "x")],
    ["filters", nest("", "|e", 10_000)],
    ["tests", nest("", " is string is none", 10_000)],
    ["inline ifs", nest("1 if 1 else ", "", 10_000)],
    ["arguments", nest("x(", ")", 10_000)],
    ["ifs", `${"{% if 1 %}".repeat(10_000)}${"{% endif %}".repeat(10_000)}`],
    ["loops", `${"{% for i in [1] %}".repeat(10_000)}${"{% endfor %}".repeat(10_000)}`],
    ["targets", `{% set ${"(".repeat(10_000)}a${")".repeat(10_000)} = 1 %}`],
    ["filter blocks", `{% filter ${"e|".repeat(10_000)}e %}{% endfilter %}`],
  ])("%s", (_name, template) => {
    expect(outcome(template).error).toBeInstanceOf(JinjaError)
  })

  it.each([
    ["printed", "{{ ns.v }}"],
    ["as JSON", "{{ ns.v|tojson }}"],
    ["laid out", "{{ ns.v|pprint }}"],
    ["as YAML", "{{ ns.v|to_nice_yaml }}"],
    ["compared", "{% set a = ns.v %}{{ a == [ns.v] }}{{ [a] < [[ns.v]] }}"],
  ])("of data made by a template, %s", (_name, use) => {
    const template = `{% set ns = namespace(v=[]) %}{% for i in range(100000) %}{% set ns.v = [ns.v] %}{% endfor %}${use}`
    expect(outcome(template).error?.pythonClass).toBe("RecursionError")
  })

  it.each([
    ["{% set l = [] %}{{ l.append(l) }}{{ l }}", "None[[...]]"],
    ["{% set d = {} %}{{ d.update(d=d) }}{{ d }}", "None{'d': {...}}"],
  ])("of what holds itself: %s", (template, expected) => {
    expect(outcome(template).text).toBe(expected)
  })

  it.each([
    "tojson",
    "to_nice_yaml",
    "pprint",
    "string",
    "json_dumps",
    "sort",
    "join",
    "unique|list",
    "map('tojson')|list",
    "to_nice_yaml(sort_keys=true)",
  ])("of what holds itself, with %s", (filter) => {
    expect(() => outcome(`{% set l = [] %}{% set _ = l.append(l) %}{{ l|${filter} }}{{ l == [l] }}`)).not.toThrow()
  })
})

describe("a long template takes work in line with its length, or is refused", () => {
  const each = (count: number, write: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => write(i)).join("")
  it.each([
    ["loops", "{%for i in a%}{%endfor%}".repeat(50_000)],
    ["macros", each(50_000, (i) => `{%macro m${i}()%}{{a}}{%endmacro%}`)],
    ["blocks", each(50_000, (i) => `{%block b${i}%}{%endblock%}`)],
    ["loops that set", each(50_000, (i) => `{%for i in a%}{%set a${i}=1%}{%endfor%}`)],
    ["ifs that set", each(50_000, (i) => `{%if a%}{%set a${i}=1%}{%endif%}`)],
    ["elifs that set", `{%if 0%}${each(50_000, (i) => `{%elif 0%}{%set a${i}=1%}`)}{%endif%}`],
    ["parameters", `{%macro m(${each(100_000, (i) => `a${i}=1,`)}z=1)%}{%endmacro%}{{m()}}`],
    ["keywords", `{%set x = dict(${each(100_000, (i) => `a${i}=1,`)}z=1)%}`],
    [
      "nested loops around a word",
      `${"{%for i in []%}".repeat(45)}${"{{loop}}".repeat(20_000)}${"{%endfor%}".repeat(45)}`,
    ],
    ["a comment", `{#${"{".repeat(5_000_000)}#}`],
    ["plain text", "text ".repeat(1_000_000)],
  ])("%s", (_name, template) => expect(outcome(template).error).toBeUndefined())

  it.each([
    ["tags", "{{1}}".repeat(400_000)],
    ["items", `{{[${"1,".repeat(600_000)}]}}`],
    ["scoped blocks", each(20_000, (i) => `{%set a${i}=1%}{%block b${i} scoped%}{%endblock%}`)],
    [
      "parameters of a macro in a loop",
      `{%macro m(${each(50_000, (i) => `a${i}=1,`)}z=1)%}{%endmacro%}{%for i in range(900000)%}{{m()}}{%endfor%}`,
    ],
    [
      "names in a branch never taken",
      `{%for i in range(900000)%}{%if 0%}${each(50_000, (i) => `{{a${i}}}`)}{%endif%}{%endfor%}`,
    ],
    ["sets in a loop", `{%for i in range(900000)%}${"{%set a=1%}".repeat(50_000)}{%endfor%}`],
    ["elifs in a loop", `{%for i in range(900000)%}{%if 0%}${"{%elif 0%}".repeat(50_000)}{%endif%}{%endfor%}`],
    ["parts in a loop", `{%for i in range(900000)%}{%set x = ''${"~''".repeat(50_000)}%}{%endfor%}`],
  ])("too many %s", (_name, template) => expect(outcome(template).error?.pythonClass).toBe("LimitError"))
})

describe("long adversarial text takes linear work", () => {
  const texts = [
    "'<' * 100000",
    "'<!--' * 50000",
    "'&' * 100000",
    "'&#' * 100000",
    "'(' * 100000",
    "')' * 100000 ~ 'x)'",
    "'www.' ~ 'a.' * 50000 ~ '!'",
    "'a@' * 50000",
    "'a@' ~ 'a.' * 50000 ~ '!'",
    "'-' * 100000",
    "'a-' * 50000",
    "'http://[' ~ ':' * 100000",
    "' ' * 100000 ~ 'x'",
    "'%(' * 50000",
    "'{' * 100000",
    "'{0[' * 30000",
    "'1_' * 50000",
    "'\\\\' * 100000",
    "'\"' * 100000",
    "'é' * 100000",
    "'1' * 100000 ~ 'x'",
    "'1_1' * 50000 ~ 'x'",
    "'.1' * 50000",
    "(' ' * 1000 ~ 'x') * 100",
    "'%(' ~ '(a)' * 30000",
  ]
  const uses = [
    "striptags",
    "urlize",
    "urlize(5, true)",
    "wordwrap(10)",
    "wordwrap(3, false)",
    "wordcount",
    "title",
    "trim",
    "replace('a', 'bb')",
    "truncate(9)",
    "upper",
    "e",
    "tojson",
    "to_nice_yaml|length",
    "pprint|length",
    "int",
    "float",
    "from_json",
    "indent",
    "urlencode|length",
    "capitalize",
    "format(1)",
    "kv_comma_pairs_to_json",
    "forceescape|length",
  ]
  it.each(uses)("%s", (use) => {
    for (const text of texts) expect(outcome(`{{ ((${text})|${use})|string|length }}`)).toBeDefined()
  })

  it.each([
    "split()",
    "split('a')",
    "rsplit(none, 3)",
    "strip('-')",
    "splitlines()",
    "title()",
    "partition('-')",
    "format(1)",
    "expandtabs()",
    "isidentifier()",
    "casefold()",
    "encode()",
  ])("the method %s", (use) => {
    for (const text of texts) expect(outcome(`{{ (${text}).${use}|string|length }}`)).toBeDefined()
  })
})

describe("arguments of any type", () => {
  const filters =
    "abs attr batch capitalize center count d default dictsort e escape filesizeformat first float forceescape format from_json groupby indent int items join json_dumps kv_comma_pairs_to_json last length list lower map max min pprint random reject rejectattr replace reverse round safe select selectattr slice sort string striptags sum title to_base64 to_nice_yaml tojson trim truncate unique upper urlencode urlize wordcount wordwrap xmlattr".split(
      " ",
    )
  const values = [
    "none",
    "true",
    "-1",
    "10**30",
    "1.5",
    "'x'",
    "''",
    "[]",
    "[[1]]",
    "(1,2)",
    "{}",
    "{'a': none}",
    "nosuch",
    "range(3)",
    "[1]|map('string')",
    "'a'|safe",
    "m",
    "namespace()",
    "1e308 * 10",
    "dict",
    "l.append",
    "o.items()",
    "[nosuch]",
  ]
  it.each(filters)("%s takes them or refuses them", (filter) => {
    for (const value of values) {
      for (const argument of ["", ...values]) {
        for (const more of argument === "" ? [""] : ["", ", 2", ", nosuch, none"]) {
          outcome(
            `{% macro m() %}{% endmacro %}{{ (${value})|${filter}(${argument}${more}) }}{{ (${value})|${filter}(${argument}${more})|list }}`,
          )
        }
      }
      outcome(`{{ (${value})|${filter}(nosuch_keyword=1) }}`)
    }
  })

  const methods =
    "upper lower title split rsplit strip replace startswith endswith find index count join format center zfill encode translate splitlines partition expandtabs append pop insert remove extend sort reverse index get update setdefault popitem fromkeys keys copy clear is_integer bit_length __getitem__ __add__ __mul__ isdisjoint".split(
      " ",
    )
  it.each(methods)("the method %s takes them or refuses them", (method) => {
    for (const owner of [
      "'text'",
      "'t'|safe",
      "[1, 2]",
      "(1, 2)",
      "{'a': 1}",
      "7",
      "1.5",
      "{}.keys()",
      "'b'.encode()",
    ]) {
      for (const argument of ["", ...values]) {
        for (const more of argument === "" ? [""] : ["", ", 2", ", nosuch, none"])
          outcome(`{{ (${owner}).${method}(${argument}${more}) }}`)
      }
    }
  })
})
