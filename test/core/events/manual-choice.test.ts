import { describe, expect, it } from "vitest"
import { answered, CONFIG, failuresOf, map, ok, plansOf, runEvent, SLACK_HEADERS_WITH_TOKEN } from "./run-event.js"

describe("manual-choice", () => {
  const choices = {
    z: {
      header: "{{ 1 }}",
      options: [{ text: "{{ manualChoice.title }}", value: "{{ state.v }}", style: "{{ raw }}" }],
    },
  }

  it("renders title, headers, values and texts; never a second copy", async () => {
    const event = { "manual-choice": { title: "T{{ state.v }}", choices } }
    const [plan] = await plansOf(event, { document: { state: { v: "1" } } })
    expect(plan).toMatchObject({
      request: { url: CONFIG.slack.url, headers: SLACK_HEADERS_WITH_TOKEN, repeatable: false },
      isSlack: true,
    })
    expect(JSON.parse((plan as { request: { body: string } }).request.body)).toEqual({
      title: "T1",
      choices: { z: { header: "1", options: [{ text: "T1", value: "1", style: "{{ raw }}" }] } },
    })
  })

  it("captures as its own kind", async () => {
    const config = {
      ...CONFIG,
      "manual-choice": { "auto-capture-response-data": [{ from: "{{ body.ts }}", to: "state.ts" }] },
    }
    const { state } = await runEvent({
      event: { "manual-choice": { title: "t", choices: {} } },
      config,
      replies: [ok({ ts: "5" })],
    })
    expect(state.ts).toBe("5")
  })

  const generated = (generators: object, document: object = {}, more: object = {}) =>
    runEvent({
      event: {
        "set-values": { set: [{ from: "now", to: "state.late.x" }] },
        "manual-choice": { title: "{{ 't' }}", "choice-generators": generators, ...more },
      },
      document,
      replies: [answered(204)],
    })
  const template =
    '{{ it.k | default(it) }}:\n  header: "H {{ it.k | default(it) }} {{ manualChoice.title }}"\n  options: [{text: "{{ manualChoice.title }}", value: {{ manualChoice.title | length }}}]\nignored: 1'

  it("generators make one choice for each item of a map, and see what earlier blocks set", async () => {
    const { bodies } = await generated(
      {
        g: { foreach: " state.items ", iterator: "state.name", template },
        late: { foreach: "state.late", iterator: "it", template },
        none: { foreach: "state.empty", iterator: "it", template },
      },
      { state: { items: { "10": { k: "b" }, "9": { k: "a" } }, empty: {}, name: "it" } },
      { choices: { a: { header: "written", options: [] }, w: { header: "w", options: [] } } },
    )
    const { choices } = bodies[0]
    expect(Object.keys(choices)).toEqual(["a", "b", "now", "w"])
    expect(choices.a).toEqual({ header: "H a t", options: [{ text: "t", value: "1" }] })
  })

  it.each<[object, string | RegExp]>([
    [{ g: "x" }, 'CONFIG_INVALID manual-choice: "choice-generators.g" must be a map, not a text'],
    [{ g: { iterator: "i", template } }, 'CONFIG_INVALID manual-choice: "foreach" is missing'],
    [{ g: { foreach: "m", template } }, 'CONFIG_INVALID manual-choice: "iterator" is missing'],
    [{ g: { foreach: "m", iterator: "i" } }, 'CONFIG_INVALID manual-choice: "template" is missing'],
    [
      { g: { foreach: "nope", iterator: "i", template } },
      'PATH_NOT_FOUND manual-choice: "choice-generators.g.foreach": there is nothing at "nope"',
    ],
    [
      { g: { foreach: "l", iterator: "i", template } },
      'CONFIG_INVALID manual-choice: "choice-generators.g.foreach": at "l" is a list, not a map',
    ],
    [
      { g: { foreach: "m[[", iterator: "i", template } },
      /^CONFIG_INVALID manual-choice: "choice-generators.g.foreach": Cannot read the path "m\[\["/,
    ],
    [
      { g: { foreach: "m", iterator: "i[[", template: "" } },
      'TEMPLATE manual-choice: "choice-generators.g.template" renders to no map in YAML',
    ],
    [
      { g: { foreach: "m", iterator: "i", template: "- a" } },
      'TEMPLATE manual-choice: "choice-generators.g.template" renders to no map in YAML',
    ],
    [{ g: { foreach: "m", iterator: "i", template: "a: [" } }, /renders to no map in YAML: /],
    [{ g: { foreach: "m", iterator: "i", template: "a: &a [*a]" } }, /alias "a" stands within/],
    [
      { g: { foreach: "m", iterator: "i", template: `a: ${"[".repeat(400)}${"]".repeat(400)}` } },
      /nested more than 300/,
    ],
    [{ g: { foreach: "m", iterator: "i", template: "!!python/object:os.system {}" } }, /tag !!python/],
    [
      { g: { foreach: "m", iterator: "i", template: "a: 1" } },
      'CONFIG_INVALID manual-choice: "choices.a" must be a map, not an integer',
    ],
    [
      { g: { foreach: "m", iterator: "i", template: "{{ i.no.such }}" } },
      /^TEMPLATE manual-choice: .*choice-generators\.g\.template/,
    ],
  ])("%j", async (generators, failure) => {
    const event = { "manual-choice": { title: "t", "choice-generators": generators } }
    const { failures } = await runEvent({ event, document: { m: { a: {} }, l: [1] } })
    expect(failures).toEqual([failure instanceof RegExp ? expect.stringMatching(failure) : failure])
  })

  it("aliases that would be huge when written out are refused", async () => {
    const bomb = [..."bcdefghij"].map(
      (name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[i]}`).join(",")}]`,
    )
    const template = ["a: &a [x,x,x,x,x,x,x,x,x]", ...bomb].join("\n")
    const event = {
      "manual-choice": { title: "t", "choice-generators": { g: { foreach: "m", iterator: "i", template } } },
    }
    expect(await failuresOf(event, { document: { m: { a: 1 } } })).toEqual([expect.stringContaining("would be huge")])
  })

  it.each([
    [{ title: null, choices: {} }, '"title" has no value'],
    [{ title: "t" }, '"choices" is missing'],
    [{ title: "t", choices: [] }, '"choices" must be a map, not a list'],
    [{ title: "t", choices: { a: { options: [] } } }, '"choices.a.header" is missing'],
    [{ title: "t", choices: { a: { header: "h" } } }, '"choices.a.options" must be a list of {text, value}'],
    [
      { title: "t", choices: { a: { header: "h", options: [{ text: "t" }] } } },
      '"choices.a.options[0]" must be {text: TEMPLATE, value: TEMPLATE}',
    ],
    [
      { title: "t", choices: { a: { header: "h", options: ["x"] } } },
      '"choices.a.options[0]" must be {text: TEMPLATE, value: TEMPLATE}',
    ],
    [{ title: "t", "choice-generators": [] }, '"choice-generators" must be a map, not a list'],
  ])("%j", async (block, message) =>
    expect(await failuresOf({ "manual-choice": block })).toEqual([`CONFIG_INVALID manual-choice: ${message}`]),
  )

  it.each(["__proto__", "constructor", "10", ""])("a choice may be called %j", async (name) => {
    const choice = { header: "h", options: [{ text: "t", value: "v" }] }
    const event = { "manual-choice": map({ title: "t", choices: new Map([[name, choice]]) }) }
    const { sent } = await runEvent({ event, replies: [ok()] })
    expect(sent[0]!.body).toContain(`{"${name}": {"header": "h", `)
  })
})
