import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createTemplates } from "../../src/commands/templates.js"
import { describeAssignments } from "../../src/core/commit-log.js"
import { isSecretKey, masker, secretLikeValues, secretsOf } from "../../src/core/secrets.js"
import { fromJs, type ValueMap } from "../../src/data/value.js"

const map = (value: object) => fromJs(value) as ValueMap

describe("what is secret", () => {
  it.each([
    "password",
    "dbPassword",
    "slackToken",
    "api-key",
    "apiKey",
    "clientSecret",
    "Authorization",
    "private_key",
  ])("%s", (key) => expect(isSecretKey(key)).toBe(true))
  it.each(["key1", "passed", "author", "compass", "monkey"])("not %s", (key) => expect(isSecretKey(key)).toBe(false))

  it("all of a secrets file but hosts, ports, user names and short values", () =>
    expect(
      secretsOf(
        map({
          datasources: { redis: { host: "redis.internal", port: 6379000, username: "somebody", password: "hunter22" } },
          some: ["listed-value", 1234567, "short"],
        }),
      ),
    ).toEqual(["hunter22", "listed-value", "1234567"]))

  it("only secret-like keys elsewhere", () =>
    expect(
      secretLikeValues(map({ url: "http://example.test", slack: { token: "xoxb-123456", channel: "general" } })),
    ).toEqual(["xoxb-123456"]))

  it("the password of a URL, wherever it stands", () => {
    const url = "rediss://ann:p%40ssword@redis.test:6379/0"
    expect(
      secretLikeValues(map({ redis: { url }, plain: "redis://ann@redis.test", time: "at 10:30 me@here" })),
    ).toEqual(["p%40ssword", "p@ssword"])
    expect(secretsOf(map({ redis: { url } }))).toEqual([url, "p%40ssword", "p@ssword"])
    expect(secretLikeValues(map({ url: "redis://:100%sure@redis.test" }))).toEqual(["100%sure"])
  })

  it("is masked also inside JSON and URLs, the longest first", () => {
    expect(masker(["-----BEGIN KEY-----\nabcdefgh\nij\n"])("x abcdefgh ij")).toBe("x *** ij")
    const mask = masker(['pass"word', 'pass"word-long', "a b/c+d"])
    expect(mask('x pass"word-long pass"word {"p": "pass\\"word"} ?q=a%20b%2Fc%2Bd')).toBe(
      'x *** *** {"p": "***"} ?q=***',
    )
  })

  it.each([
    ["https://me:hunter2@git.test/r", "https://me:***@git.test/r"],
    ["a redis://:pw@r.test:6379 b sentinel://u:p@ss@s.test", "a redis://:***@r.test:6379 b sentinel://u:***@s.test"],
    ['{"a": "x://u:p@h", "b": "me@h"}', '{"a": "x://u:***@h", "b": "me@h"}'],
    ['{\\"a\\": \\"x://u:p@h\\"}', '{\\"a\\": \\"x://u:***@h\\"}'],
  ])("the password of any URL in a text is masked: %s", (text, shown) => expect(masker([])(text)).toBe(shown))

  it.each([
    "http://h.test:80/a@b",
    "http://me@h.test",
    "git@h.test:a/b",
    "http://h.test:80 me@h.test",
    "a:b@c",
    "://",
    "://:@",
  ])("%s has none", (text) => expect(masker([])(text)).toBe(text))

  it.each(["://", "://a", "://:", "://a:", "a:", "@", "://@:", "\\"])(
    "a long text of %j is searched at once",
    (text) => {
      const long = text.repeat(1_000_000)
      expect(masker(["some/secret"])(long).length).toBeGreaterThan(0)
    },
  )

  it.each([
    "{{ s }}",
    "{{ s | tojson }}",
    "{{ s | json_dumps }}",
    "{{ s | json_dumps(stripLeadingTrailingQuotes=true) }}",
    "{{ {'k': [s]} | tojson(indent=2) }}",
    "{{ s | urlencode }}",
    "{{ {'k': s} | urlencode }}",
    "{{ s | e }}",
    "{{ s | tojson | tojson }}",
    "{{ {'k': s} | json_dumps | tojson }}",
    "{{ s | tojson | urlencode }}",
    "{{ s | urlencode | tojson }}",
    "{{ s | urlencode | urlencode }}",
    "{{ s | tojson | e }}",
  ])("is masked as the template %s writes it", async (template) => {
    const { render } = await createTemplates(new Map(), false).open()
    const rendered = (s: string) => render(`<< ${template} >>`, { document: map({ s }), name: "t" })
    const secret = fc.string({ unit: "binary", minLength: 6, maxLength: 12 })
    fc.assert(
      fc.property(fc.oneof(secret, fc.stringMatching(/^[ -~\u007f\u00e9\u2028<>&'"\\/\t\r]{6,12}$/)), (s) => {
        expect(masker([s])(rendered(s))).toBe(rendered("0123456").replace("0123456", "***"))
      }),
    )
  })
})

describe("describeAssignments", () => {
  it.each([
    ['state."a.b"="x"', { op: "set", path: ["state", "a.b"], value: "x" }],
    ['l{}=[1, "b"]', { op: "append", path: ["l"], items: [1n, "b"], unique: true }],
    ["unset l[0]", { op: "unset", path: ["l", 0] }],
    ["n+=2", { op: "increment", path: ["n"], by: 2n }],
    ["state.slackToken=***", { op: "set", path: ["state", "slackToken"], value: "xoxb" }],
    [
      'state.db={"user": "u", "password": "***"}',
      { op: "set", path: ["state", "db"], value: map({ user: "u", password: "p" }) },
    ],
    ["f=NaN", { op: "set", path: ["f"], value: Number.NaN }],
  ] as const)("%s", (text, assignment) => expect(describeAssignments([assignment])).toEqual([text]))

  it("shows a large value as its size and hash", () =>
    expect(describeAssignments([{ op: "set", path: ["a"], value: "é".repeat(1000) }])).toEqual([
      expect.stringMatching(/^a=<2002 bytes, sha256 [0-9a-f]{64}>$/),
    ]))
})
