/** The loop over the blocks of an event: order, what one sees of another, and what becomes of failures. */
import { describe, expect, it } from "vitest"
import { answered, CONFIG, errorOf, ok, runEvent, unanswered } from "./run-event.js"

const capture = (from: string, to: string) => ({ "capture-response-data": [{ from, to }] })

describe("order", () => {
  it("blocks run in the file's order, and see what those before them captured and set", async () => {
    const event = {
      respond: { message: "0 {{ state.a }}", url: "https://r.test/" },
      notify: {
        z: { message: "1", ...capture("{{ body.n }}", "state.a") },
        b: { message: "2 {{ state.a }}", if: "{{ state.a }}" },
      },
      "set-values": { set: [{ from: "{{ state.a }}+", to: "state.s" }] },
      "trigger-pipeline": { name: "x", args: { s: "{{ state.s }}" } },
    }
    const { bodies, state, failures, assignments, log } = await runEvent({
      event,
      replies: [ok({ n: "zero" }), ok({ n: "one" }), ok(), ok()],
    })
    expect(bodies).toEqual([{ text: "0" }, { text: "1" }, { text: "2 one" }, { s: "one+" }])
    expect(state).toMatchObject({ a: "one", s: "one+" })
    expect(assignments).toHaveLength(2)
    expect(failures).toEqual([])
    expect(log).toContain("info: set-values: 1 set")
  })

  it("the rules of one reply see the document before it, and only it, the config and the reply", async () => {
    const rules = [
      { from: "{{ body.n }}", to: "state.a" },
      { from: "[{{ state.a }}][{{ notify }}][{{ configData.slack.url[:5] }}]", to: "state.b" },
    ]
    const { state } = await runEvent({
      event: { notify: { message: "m", "capture-response-data": rules } },
      replies: [ok({ n: "x" })],
    })
    expect(state).toMatchObject({ a: "x", b: "[][][https]" })
  })

  it("a reply is data: not rendered, not read as a file, its keys mean nothing", async () => {
    const rules = ["v", "f", "__proto__", "constructor"].map((key) => ({
      from: `{{ body["${key}"] }}`,
      to: `state.${key}`,
    }))
    const reply = '{"v": "{{ 7*7 }}", "f": "file:///etc/passwd", "__proto__": "p", "constructor": "c", "items": "i"}'
    const { assignments } = await runEvent({
      event: { notify: { message: "m", "capture-response-data": rules } },
      replies: [answered(200, reply)],
    })
    expect(assignments.map((assignment) => "value" in assignment && assignment.value)).toEqual([
      "{{ 7*7 }}",
      "file:///etc/passwd",
      "p",
      "c",
    ])
  })
})

describe("failures", () => {
  it("one block's failure leaves the others, and what they assign", async () => {
    const event = {
      notify: {
        a: { message: "a", ...capture("{{ body.v }}", "state.a") },
        broken: { message: "{{ no.such }}" },
        refused: { message: "r", ...capture("x", "state.refused") },
        lost: { message: "l" },
        z: { message: "z", ...capture("{{ body.v }}", "state.z") },
      },
      "set-values": { set: [{ from: "end", to: "state.end" }] },
    }
    const replies = [ok({ v: 1 }), answered(500, "{}"), unanswered("closed"), ok({ v: 2 })]
    const { state, failures, sent } = await runEvent({ event, replies })
    expect(sent).toHaveLength(4)
    expect(state).toEqual({ cicdContextDataId: "c", a: "1", z: "2", end: "end" })
    expect(failures).toEqual([
      expect.stringMatching(/^TEMPLATE notify\.broken: /),
      expect.stringMatching(/^DELIVERY_FAILED notify\.refused: .* status 500/),
      expect.stringMatching(/^DELIVERY_FAILED notify\.lost: .* closed/),
    ])
  })

  it("a rule that captures nothing says so at debug level, an event without blocks always", async () => {
    const rules = { "capture-response-data": [{ from: "{{ body.no }}", to: "state.x" }] }
    const { log } = await runEvent({ event: { notify: { message: "m", ...rules } }, replies: [ok()] })
    expect(log).toContain("debug: notify: capture-response-data[0] is blank: nothing is captured by it")
    expect((await runEvent({ event: {} })).log).toEqual(["info: build=done has nothing to run"])
  })

  it("of several rules of a reply those that succeed count", async () => {
    const rules = [
      { from: "{{ body.no.such }}", to: "state.x" },
      { from: "1", to: "state" },
      { from: "2", to: "state.l[]" },
      { from: "{{ body.v }}", to: "state.surrogate" },
      { from: "3", to: "{% bad" },
      { from: "4", to: "state.good" },
      { from: "5", to: "state.good[]" },
    ]
    const { state, failures, hints, assignments } = await runEvent({
      event: { notify: { message: "m", "capture-response-data": rules } },
      document: { state: { cicdContextDataId: "c", l: "text" } },
      replies: [answered(200, '{"v": "\\ud800"}')],
    })
    expect(state).toEqual({ cicdContextDataId: "c", l: "text", good: "4" })
    expect(assignments).toHaveLength(1)
    expect(hints.join()).not.toContain("Nothing was")
    expect(hints).toContainEqual(expect.stringMatching(/ --log-level debug shows the reply\.$/))
    const [codes, texts] = [
      failures.map((text) => text.split(" ", 1)[0]),
      failures.map((text) => text.split(" notify: ")[1]),
    ]
    expect(codes.sort()).toEqual([
      "INPUT_INVALID",
      "TEMPLATE",
      "TEMPLATE",
      "TYPE_CONFLICT",
      "TYPE_CONFLICT",
      "TYPE_CONFLICT",
    ])
    expect(texts).toEqual(Array.from(codes, () => expect.stringMatching(/^delivered, but not all is captured: ./)))
  })

  it("a body that is refused is not sent", async () => {
    const config = { ...CONFIG, templates: { notify: "{{ notify.message }}" } }
    const { sent, failures } = await runEvent({ event: { notify: { message: "no json" } }, config })
    expect(sent).toEqual([])
    expect(failures).toEqual([
      expect.stringMatching(/^TEMPLATE notify: The body of the request is not JSON: line 1, column 1/),
    ])
  })

  it("Slack's limits stop only that block, where they are strict", async () => {
    const blocks = JSON.stringify({ blocks: [{ type: "section", text: { text: "x".repeat(3001) } }] })
    const event = { notify: { message: "m" }, respond: { message: "m", url: "https://r.test" } }
    const config = {
      ...CONFIG,
      slack: { ...CONFIG.slack, "strict-limits": true },
      templates: { ...CONFIG.templates, notify: blocks },
    }
    const { sent, failures, hints } = await runEvent({ event, config, replies: [ok()] })
    expect(sent.map(({ url }) => url)).toEqual(["https://r.test"])
    expect(failures).toEqual([
      expect.stringMatching(/^LIMIT_EXCEEDED notify: Slack would not take the body: blocks\[0\]/),
    ])
    expect(hints[0]).toContain("Shorten it")
    const lax = await runEvent({
      event: { notify: { message: "m" } },
      config: { ...config, slack: { ...CONFIG.slack, "strict-limits": false } },
      replies: [ok()],
    })
    expect(lax.log).toContainEqual(expect.stringMatching(/^warn: notify: Slack may not take the body: blocks\[0\]/))
  })
})

describe("policy", () => {
  const event = { notify: { message: "m" } }

  it.each<[string, object, object, "failure" | "error" | "warn"]>([
    ["strict", {}, answered(500), "failure"],
    ["strict", {}, unanswered("closed"), "failure"],
    ["strict, fail", { deliveryFailure: "fail" }, ok({ ok: false }), "failure"],
    ["strict, warn", { deliveryFailure: "warn" }, answered(500), "warn"],
    ["strict, warn", { deliveryFailure: "warn" }, unanswered("closed"), "warn"],
    ["legacy", { isLegacy: true }, answered(500), "error"],
    ["legacy", { isLegacy: true }, ok({ ok: false }), "error"],
    ["legacy", { isLegacy: true }, unanswered("closed"), "failure"],
    ["legacy, fail", { isLegacy: true, deliveryFailure: "fail" }, answered(500), "failure"],
    ["legacy, warn", { isLegacy: true, deliveryFailure: "warn" }, unanswered("closed"), "warn"],
  ])("%s %j: %j is a %s", async (_name, { isLegacy, ...policy }: { isLegacy?: boolean }, reply, outcome) => {
    const { failures, log } = await runEvent({
      event,
      isLegacy: isLegacy ?? false,
      policy,
      replies: [reply as ReturnType<typeof answered>],
    })
    expect(failures).toHaveLength(outcome === "failure" ? 1 : 0)
    expect(
      log.filter((line) => /^(warn|error): notify: not delivered/.test(line)).map((line) => line.split(":", 1)[0]),
    ).toEqual(outcome === "failure" ? [] : [outcome])
  })

  it("unknown event: refused, or nothing to do", async () => {
    expect(await errorOf(() => runEvent({ event, name: "build=nope" }))).toMatch(/^EVENT_NOT_FOUND/)
    expect(await runEvent({ event, name: "build=nope", isLegacy: true })).toMatchObject({
      sent: [],
      failures: [],
      assignments: [],
    })
    for (const isLegacy of [true, false]) {
      expect(await errorOf(() => runEvent({ event, name: "nope=done", isLegacy }))).toMatch(/^PIPELINE_NOT_FOUND/)
    }
  })

  it("unknown handler: refused before anything is sent, or passed by", async () => {
    const slip = { ...event, notfy: {} }
    expect(await errorOf(() => runEvent({ event: slip }))).toMatch(/^CONFIG_INVALID There is no event handler "notfy"/)
    const { sent, log } = await runEvent({ event: slip, isLegacy: true, replies: [ok()] })
    expect(sent).toHaveLength(1)
    expect(log[0]).toMatch(/^warn: ".*\.notfy" is ignored: .*; did you mean "notify"\?$/)
  })

  it("a body that is no JSON is sent all the same in the legacy style", async () => {
    const config = { ...CONFIG, templates: { notify: "text: {{ notify.message }}" } }
    const { sent, log } = await runEvent({ event, config, isLegacy: true, replies: [ok()] })
    expect(sent[0]!.body).toBe("text: m")
    expect(log).toContainEqual(expect.stringMatching(/^warn: notify: The body .* not JSON: line 1, column 1/))
  })
})

describe("if and enabled", () => {
  const ran = async (block: object) =>
    (await runEvent({ event: { "set-values": { ...block, set: [{ from: "1", to: "state.ran" }] } } })).state.ran === "1"

  it.each([true, 1, 1.5, " ", "x", "False", "None", "0", ["a"], { a: 1 }, "{{ 1 == 2 }}", "{{ none }}"])(
    "if: %j holds",
    async (condition) => expect(await ran({ if: condition })).toBe(true),
  )
  it.each([false, null, 0, 0.0, "", [], {}, "{{ '' }}", "{{ nope }}", "{% if false %}x{% endif %}"])(
    "if: %j does not",
    async (condition) => expect(await ran({ if: condition })).toBe(false),
  )

  it.each(["False", "{{ 1 == 2 }}", "{{ none }}\n", "{{ 0 }}", "{{ false | tojson }}"])(
    "if: %j holds, but is hardly meant to: a warning says so",
    async (condition) => {
      const event = { "set-values": { a: { if: condition, set: [] }, b: { if: "{{ 1 }}", set: [] } } }
      const { log } = await runEvent({ event })
      expect(log.filter((line) => line.startsWith("warn"))).toEqual([
        expect.stringMatching(
          /^warn: set-values\.a: its "if" renders to "\S+\s*", which is not blank.*\(write \{% if /,
        ),
      ])
    },
  )

  it("an if that fails is an error, or does not hold in the legacy style", async () => {
    const event = { "set-values": { if: "{{ no.such }}", set: [{ from: "1", to: "state.ran" }] } }
    expect((await runEvent({ event })).failures).toEqual([
      expect.stringMatching(/^TEMPLATE set-values: .*done\.set-values\.if/),
    ])
    expect(await runEvent({ event, isLegacy: true })).toMatchObject({ failures: [], assignments: [] })
  })
})

describe("a dry run", () => {
  it("plans every block on what set-values did so far; sends nothing, captures nothing", async () => {
    const event = {
      "set-values": { set: [{ from: "v", to: "state.a" }] },
      notify: { message: "{{ state.a }}", ...capture("{{ body.v }}", "state.b") },
      respond: { message: "{{ state.b }}", url: "https://r.test" },
    }
    const { plans, sent, state, log } = await runEvent({ event, isDry: true })
    expect(sent).toEqual([])
    expect(log).toEqual(["info: respond: skipped, its message is blank"])
    expect(plans.map(([{ label }, { kind }]) => [label, kind])).toEqual([
      ["set-values", "assign"],
      ["notify", "post"],
      ["respond", "skip"],
    ])
    expect(plans[1]![1]).toMatchObject({
      request: { body: '{"text": "v"}' },
      capture: [{ from: "{{ body.v }}", to: "state.b" }],
    })
    expect(state).toEqual({ cicdContextDataId: "c", a: "v" })
  })

  it("fails as a run would before it sends", async () => {
    const config = { ...CONFIG, templates: { notify: "{{ notify.message }}" } }
    const event = { notify: { a: { message: "no json" }, b: { message: "{{ no.such }}" }, c: { message: "1" } } }
    const { failures, plans } = await runEvent({ event, config, isDry: true })
    expect(failures).toEqual([expect.stringContaining("not JSON"), expect.stringContaining("'no' is undefined")])
    expect(plans).toHaveLength(2)
  })
})

describe("size", () => {
  it("ten thousand blocks run, each on what the one before it left", async () => {
    const blocks = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`b${i}`, { set: [{ from: `${i}x`, to: "state.l[]" }] }]),
    )
    const { state, assignments } = await runEvent({ event: { "set-values": blocks } })
    expect(assignments).toHaveLength(10_000)
    expect((state.l as string[]).slice(-2)).toEqual(["9998x", "9999x"])
  })

  it("a template that would never end stops its block only", async () => {
    const event = {
      notify: { message: "{% for i in range(10**9) %}{% for j in range(10**9) %}x{% endfor %}{% endfor %}" },
      "set-values": { set: [{ from: "1", to: "state.ran" }] },
    }
    const { failures, state } = await runEvent({ event })
    expect(failures).toEqual([expect.stringMatching(/^(LIMIT_EXCEEDED|TEMPLATE) notify: /)])
    expect(state.ran).toBe("1")
  })
})
