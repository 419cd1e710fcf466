/** Events from a program: the built library, with its errors as they are thrown. */
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it, onTestFinished } from "vitest"
import { httpServer } from "../support/http-servers.js"
import { GOT, story, TOKEN } from "./events-story.js"

type Library = typeof import("../../src/index.js")
type CicdStateMgr = InstanceType<Library["CicdStateMgr"]>
const { CicdStateMgr, StateError, toJs }: Library = await import(pathToFileURL(resolve("dist/index.js")).href)

const EVENT = {
  notify: {
    message: "{{ extra }} {{ state.k }}",
    "capture-response-data": [{ from: "{{ body.v }}", to: "state.captured" }],
  },
  "set-values": { set: [{ from: "1", to: "state.end" }] },
}

function manager(folder: string) {
  const log: string[] = []
  const keep = (message: string) => void log.push(message)
  const logger = { error: keep, warn: keep, info: keep, debug: keep }
  const opened = new CicdStateMgr({ config: "config.yaml", secrets: "secrets.yaml", cwd: folder, logger })
  onTestFinished(() => opened.close())
  return { states: opened, log }
}
const stateOf = (document: Parameters<typeof toJs>[0]) => (toJs(document) as { state: object }).state

describe("a program", () => {
  it("runs events on the way of init and load, and alone", async () => {
    const server = await httpServer(GOT)
    const { folder } = story({ url: server.origin, event: EVENT, init: false })
    const { states } = manager(folder)
    const event = { name: "build=done", variables: { extra: "state.k" } }
    const created = await states.init("c", { appConfig: "app.yaml", set: ["state.k=1"], event })
    expect(created).toMatchObject({ id: "c", revision: 1 })
    expect(stateOf(created.document)).toMatchObject({ k: "1", captured: "got", end: "1" })
    expect(await states.load("c", { event })).toMatchObject({ revision: 2 })
    expect(await states.handleEvent("c", "build=done", { set: ["state.k=2"] })).toMatchObject({ revision: 4 })
    expect(server.requests.map(({ body }) => JSON.parse(body.toString()).text)).toEqual(["1 1", "1 1", " 2"])
  })

  it("names an event by a text as well", async () => {
    const server = await httpServer(GOT)
    const { folder } = story({ url: server.origin, event: EVENT, init: false })
    const { states } = manager(folder)
    const created = await states.init("c", { appConfig: "app.yaml", set: ["state.k=1"], event: "build=done" })
    expect(stateOf(created.document)).toMatchObject({ captured: "got", end: "1" })
    expect(await states.load("c", { event: "build=done" })).toMatchObject({ revision: 2 })
    await expect(states.load("c", { event: "build" })).rejects.toMatchObject({ code: "USAGE" })
    expect(server.requests.map(({ body }) => JSON.parse(body.toString()).text)).toEqual([" 1", " 1"])
  })

  it("is given each of several failures, masked", async () => {
    const server = await httpServer({ status: 404 })
    const blocks = { one: { message: "m" }, two: { message: `{{ {}['${TOKEN}'].x }}` } }
    const { folder } = story({ url: server.origin, event: { notify: blocks } })
    const { states } = manager(folder)
    const error = await states.handleEvent("c", "build=done").catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: "TEMPLATE", message: "2 failures in the event build=done", hint: undefined })
    const { errors } = error as InstanceType<typeof StateError>
    expect(errors.map(({ code }) => code)).toEqual(["DELIVERY_FAILED", "TEMPLATE"])
    expect(errors.map(({ message, excerpt }) => `${message} ${excerpt}`).join()).not.toContain(TOKEN)
    expect(errors[1]!.message).toContain("***")
  })

  it.each<[string, (states: CicdStateMgr) => unknown, string]>([
    ["handleEvent", (it) => it.handleEvent("c", "build=done", { dryRun: true } as object), 'no option "dryRun"'],
    [
      "a slip in it",
      (it) => it.handleEvent("c", "build=done", { onDeliveryFailur: "warn" } as object),
      'mean "onDeliveryFailure"',
    ],
    ["the event of load", (it) => it.load("c", { event: { name: "build=done", set: [] } as never }), 'no option "set"'],
    ["init", (it) => it.init("d", { contxt: "stage" } as object), 'mean "context"'],
    ["load", (it) => it.load("c", { ifRevision: 1 } as object), 'no option "ifRevision"'],
    ["get", (it) => it.get("c", "state", { defualt: 1 } as object), 'mean "default"'],
    ["set", (it) => it.set("c", ["state.k=1"], { ifRevison: 1 } as object), 'mean "ifRevision"'],
    ["generate", (it) => it.generate("c", "x", { variabels: {} } as object), 'mean "variables"'],
    ["render", (it) => it.render("c", "x", { document: {} } as object), 'no option "document"'],
    ["an assignment", (it) => it.set("c", [{ append: "state.l", items: [], unqiue: true } as never]), 'mean "unique"'],
    ["no object", (it) => it.load("c", null as never), "as an object"],
    ["a new manager", () => new CicdStateMgr({ confg: "x" } as object), 'mean "config"'],
  ])("learns of an option that there is not: %s", async (_name, call, message) => {
    const server = await httpServer(GOT)
    const { folder, revisions } = story({ url: server.origin, event: EVENT })
    const { states } = manager(folder)
    expect(await states.load("c", { evnt: undefined } as object), "one without a value").toMatchObject({ id: "c" })
    const error = await (async () => call(states))().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringContaining(message) })
    expect(server.requests).toEqual([])
    expect(revisions()).toBe(1)
  })

  it("is told what failed once all else is stored, without secrets", async () => {
    const server = await httpServer({ status: 500, body: TOKEN })
    const { folder } = story({ url: server.origin, event: EVENT })
    const { states, log } = manager(folder)
    const error = await states.handleEvent("c", "build=done", { set: ["state.k=v"] }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StateError)
    expect(error).toMatchObject({
      code: "DELIVERY_FAILED",
      exitCode: 3,
      message: expect.stringContaining("status 500"),
    })
    expect(await states.get("c", "state")).toMatchObject({ k: "v", end: "1" })
    expect(await states.handleEvent("c", "build=done", { onDeliveryFailure: "warn" })).toMatchObject({ id: "c" })
    expect(log.join("\n")).not.toContain(TOKEN)
    expect(log.join("\n")).toContain("***")
  })

  it.each([
    ["nope=done", "PIPELINE_NOT_FOUND"],
    ["build=nope", "EVENT_NOT_FOUND"],
    ["build", "USAGE"],
    ["", "USAGE"],
  ])("%j: %s", async (name, code) => {
    const { folder } = story({ url: "http://127.0.0.1:9", event: EVENT })
    const { states } = manager(folder)
    await expect(states.handleEvent("c", name)).rejects.toMatchObject({ code })
    await expect(states.load("c", { event: { name } })).rejects.toMatchObject({ code })
    expect(await states.history("c")).toHaveLength(1)
  })
})
