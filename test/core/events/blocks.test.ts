import { describe, expect, it } from "vitest"
import { blocksOf, findEvent, noSuchEvent, parseEventName } from "../../../src/core/events/blocks.js"
import { handlers } from "../../../src/core/events/handlers.js"
import { errorOf, map } from "./run-event.js"

describe("parseEventName", () => {
  it.each([
    ["a=b", { pipeline: "a", event: "b" }],
    [" a = b ", { pipeline: " a ", event: " b " }],
    ["=", { pipeline: "", event: "" }],
    ["__proto__=constructor", { pipeline: "__proto__", event: "constructor" }],
  ])("%j", (text, name) => expect(parseEventName(text)).toEqual(name))

  it.each(["", "a", "a=b=c", "=="])("%j is refused", async (text) =>
    expect(await errorOf(() => parseEventName(text))).toMatch(/^USAGE "/),
  )
})

describe("findEvent", () => {
  const document = (pipelines: unknown) => map({ pipelines })
  const find = (pipelines: unknown, name = "build=done") => findEvent(document(pipelines), parseEventName(name))

  it("gives the event's handlers, also an empty one", () => {
    expect(find({ build: { "event-handlers": { done: { notify: {} } } } })).toEqual(map({ notify: {} }))
    expect(find({ build: { "event-handlers": { done: {} } } })).toEqual(new Map())
    expect(find({ build: { "event-handlers": { done: null } } })).toEqual(new Map())
  })

  it.each([
    [{ build: {} }],
    [{ build: null }],
    [{ build: { "event-handlers": null } }],
    [{ build: { "event-handlers": {} } }],
  ])("%j has no such event", (pipelines) => expect(find(pipelines)).toBeUndefined())

  it.each([
    [undefined, 'PIPELINE_NOT_FOUND There is no pipeline "build" (The context has none below "pipelines".)'],
    [{}, 'PIPELINE_NOT_FOUND There is no pipeline "build" (The context has none below "pipelines".)'],
    [
      { biuld: {}, x: {} },
      'PIPELINE_NOT_FOUND There is no pipeline "build"; did you mean "biuld"? (There are: biuld, x.)',
    ],
    ["text", 'CONFIG_INVALID "pipelines" must be a map, not a text'],
    [{ build: 1 }, 'CONFIG_INVALID "pipelines.build" must be a map, not an integer'],
    [{ build: { "event-handlers": [] } }, 'CONFIG_INVALID "pipelines.build.event-handlers" must be a map, not a list'],
    [
      { build: { "event-handlers": { done: "x" } } },
      'CONFIG_INVALID "pipelines.build.event-handlers.done" must be a map, not a text',
    ],
  ])("%j", async (pipelines, error) => expect(await errorOf(() => find(pipelines))).toBe(error))

  it("names that mean something in JavaScript mean nothing here", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(await errorOf(() => find({ build: {} }, `${name}=x`))).toMatch(/^PIPELINE_NOT_FOUND/)
      expect(find({ build: { "event-handlers": {} } }, `build=${name}`)).toBeUndefined()
    }
  })

  it("lists the first of many names only", async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`p${i}`, {}]))
    expect(await errorOf(() => find(many))).toMatch(/\(There are: p0, .*, p19, 4980 more\.\)$/)
  })
})

describe("noSuchEvent", () => {
  it.each([
    [
      { "event-handlers": { finished: {}, failed: {} } },
      'EVENT_NOT_FOUND The pipeline "build" has no event "faild"; did you mean "failed"?',
      "It has: finished, failed.",
    ],
    [null, 'EVENT_NOT_FOUND The pipeline "build" has no event "faild"', 'It has no "event-handlers".'],
  ])("%j", (build, message, hint) => {
    const error = noSuchEvent(map({ pipelines: { build } }), parseEventName("build=faild"))
    expect([`${error.code} ${error.message}`, error.hint]).toEqual([message, hint])
  })
})

describe("blocksOf", () => {
  function blocks(event: object | ReadonlyMap<string, unknown>, unknownHandler: "refuse" | "warn" = "refuse") {
    const log: string[] = []
    const found = blocksOf(
      map(event),
      { pipeline: "p", event: "e" },
      {
        handlers,
        unknownHandler,
        info: (message) => log.push(message),
        warn: (message) => log.push(message),
      },
    )
    return { labels: found.map(({ label }) => label), places: found.map(({ place }) => place), log }
  }

  it("one unnamed block where the handler's own key is, else named ones, in the file's order", () => {
    const { labels, places } = blocks({
      "set-values": { z: { set: [] }, a: {} },
      notify: { message: null, other: { message: "no block" } },
      "trigger-pipeline": { enabled: true, name: "x" },
      respond: {},
      "manual-choice": { enabled: true, "10": {}, "9": {} },
    })
    expect(labels).toEqual([
      "set-values.z",
      "set-values.a",
      "notify",
      "trigger-pipeline",
      "manual-choice.9",
      "manual-choice.10",
    ])
    expect(places[0]).toBe("pipelines.p.event-handlers.e.set-values.z")
  })

  it.each([
    ["message", "notify"],
    ["message", "respond"],
    ["title", "manual-choice"],
    ["name", "trigger-pipeline"],
    ["set", "set-values"],
  ])("%s makes %s unnamed", (key, handler) => expect(blocks({ [handler]: { [key]: "x" } }).labels).toEqual([handler]))

  it("only the boolean false disables, a handler or a block; null takes away", () => {
    const { labels, log } = blocks({
      notify: { enabled: false, message: "m" },
      respond: { enabled: false, a: { message: "m" } },
      "manual-choice": null,
      "set-values": {
        off: { enabled: false },
        gone: null,
        text: { enabled: "false" },
        zero: { enabled: 0 },
        none: { enabled: null },
      },
    })
    expect(labels).toEqual(["set-values.text", "set-values.zero", "set-values.none"])
    expect(log.filter((line) => line.endsWith("skipping...."))).toEqual(
      ["notify", "respond", "set-values.off"].map((label) => `${label} enabled:False skipping....`),
    )
  })

  it.each([
    [{ notify: "text" }, /^CONFIG_INVALID "pipelines.p.event-handlers.e.notify" must be a map, not a text/],
    [{ notify: [] }, /notify" must be a map, not a list/],
    [
      { notify: { a: "text" } },
      /notify.a" must be a map, not a text \(Without the key "message" .* names of blocks\.\)$/,
    ],
    [{ notify: { mesage: "text" } }, /notify.mesage" must be a map, not a text .*; did you mean "message"\?\)$/],
    [{ notify: { enabeld: false, a: {} } }, /notify.enabeld" must be a map, .*; did you mean "enabled"\?\)$/],
    [
      { notifi: {} },
      /^CONFIG_INVALID There is no event handler "notifi" .*; did you mean "notify"\? \(There are: notify, /,
    ],
    [{ notifi: null }, /no event handler "notifi"/],
    [new Map([["__proto__", {}]]), /no event handler "__proto__"/],
    [{ constructor: {} }, /no event handler "constructor"/],
    [{ "": {} }, /no event handler ""/],
  ])("%o", async (event, error) => expect(await errorOf(() => blocks(event))).toMatch(error))

  it.each([
    ["notify", "message", "capture-respons-data", "capture-response-data"],
    ["notify", "message", "capture_response_data", "capture-response-data"],
    ["notify", "message", "auto-capture-response-data", "capture-response-data"],
    ["notify", "message", "enabeld", "enabled"],
    ["notify", "message", "IF", "if"],
    ["respond", "message", "URL", "url"],
    ["manual-choice", "title", "choice", "choices"],
    ["manual-choice", "title", "choice-generator", "choice-generators"],
    ["trigger-pipeline", "name", "arg", "args"],
    ["set-values", "set", "enable", "enabled"],
  ])("%s: {%s, %s} is warned of, and runs", (handler, key, slip, meant) => {
    const path = `pipelines.p.event-handlers.e.${handler}`
    const warning = (place: string) => `"${place}.${slip}" means nothing to this tool; did you mean "${meant}"?`
    const block = { [key]: "x", [slip]: false }
    expect(blocks({ [handler]: block })).toMatchObject({ labels: [handler], log: [warning(path)] })
    expect(blocks({ [handler]: { one: block } })).toMatchObject({ log: [warning(`${path}.one`)] })
    expect(blocks({ [handler]: { ...block, [meant]: true } }).log, "what is there cannot be meant").toEqual([])
    expect(blocks({ [handler]: { ...block, enabled: false } }).log, "what is off").toHaveLength(1)
  })

  it.each([
    ["notify", { message: "m", mesage: "m", massage: "m", iff: 1, ts: "1", id: 2, channel: "c", url: "u", color: "x" }],
    ["notify", { message: "m", disabled: true, capture: [], response: "r", data: {}, titles: "t", choice: "c" }],
    ["respond", { message: "m", url: "u", curl: "x", text: "t", replace_original: true, thread_ts: "1" }],
    ["manual-choice", { title: "t", choices: {}, tile: "x", message: "m", options: [] }],
    ["trigger-pipeline", { name: "n", args: {}, tags: [], area: "a", namespace: "ns", names: [] }],
    ["set-values", { set: [], sets: [], values: [], note: "n", is: "x" }],
  ])("%s: %j has keys of its own, which are no slips", (handler, block) =>
    expect(blocks({ [handler]: block }).log).toEqual([]),
  )

  it.each([
    ["notify", { message: "m", enabled: "false" }],
    ["notify.a", { a: { enabled: "no" } }],
    ["notify", { enabled: "off", a: {} }],
  ])("%s: an enabled that is text is told: %j", (label, notify) =>
    expect(blocks({ notify })).toMatchObject({
      labels: [expect.stringMatching(/^notify/)],
      log: [expect.stringMatching(new RegExp(`^${label}: "enabled" is the text "\\w+" and switches nothing off: `))],
    }),
  )

  it("an unknown handler is passed by with a warning where that is wanted", () => {
    const { labels, log } = blocks(
      new Map([
        ["notifi", {}],
        ["constructor", {}],
        ["notify", { message: "m" }],
      ]),
      "warn",
    )
    expect(labels).toEqual(["notify"])
    const ignored = (name: string) =>
      `"pipelines.p.event-handlers.e.${name}" is ignored: there is no such event handler`
    expect(log).toEqual([`${ignored("notifi")}; did you mean "notify"?`, ignored("constructor")])
  })
})
