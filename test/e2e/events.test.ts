/** Events at the built command line: what is stored when, which exit status, and nothing sent for what is refused. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { closedPort, httpServer } from "../support/http-servers.js"
import { CAPTURE, EVENT, GOT, HANDLE, stored, story } from "./events-story.js"

describe("--on-delivery-failure", () => {
  const LEGACY = ["--handle-event", "build=done", "--config", "config.yaml", "--secrets", "secrets.yaml", "--id", "c"]
  it.each([
    ["strict", HANDLE, [], 3, 3],
    ["strict, fail", HANDLE, ["--on-delivery-failure", "fail"], 3, 3],
    ["strict, warn", HANDLE, ["--on-delivery-failure", "warn"], 0, 0],
    ["legacy", LEGACY, [], 0, 1],
    ["legacy, fail", LEGACY, ["--on-delivery-failure", "fail"], 3, 3],
    ["legacy, warn", LEGACY, ["--on-delivery-failure=warn"], 0, 0],
  ])("%s", async (_name, command, options, refused, unreachable) => {
    const server = await httpServer({ status: 500 })
    const first = story({ url: server.origin, event: EVENT })
    const outcome = await first.run(...command, ...options)
    expect(outcome).toMatchObject({ status: refused, stderr: expect.stringMatching(/not delivered to .*status 500/) })
    expect(first.state()).toEqual({ after: "captured nothing" })
    const second = story({ url: `http://127.0.0.1:${await closedPort()}`, event: EVENT, http: { deadlineMs: 1000 } })
    expect(await second.run(...command, ...options)).toMatchObject({ status: unreachable })
    expect(second.state()).toHaveProperty("after")
  })

  it("takes nothing else, and needs an event", async () => {
    const server = await httpServer(GOT)
    const { run } = story({ url: server.origin, event: EVENT })
    expect(await run(...HANDLE, "--on-delivery-failure", "ignore")).toMatchObject({ status: 2 })
    expect(await run("load", "--on-delivery-failure", "warn")).toMatchObject({ status: 2 })
    expect(server.requests).toEqual([])
  })
})

describe("handle-event", () => {
  it("stores --set before the event, and keeps it though the event fails", async () => {
    const folder = { path: "" }
    const seen: unknown[] = []
    const server = await httpServer((response) => {
      seen.push(stored(folder.path))
      response.writeHead(500).end()
    })
    const {
      run,
      state,
      revisions,
      folder: path,
    } = story({ url: server.origin, event: { notify: { message: "{{ state.k }}" } } })
    folder.path = path
    expect(await run(...HANDLE, "state.k=v", "--set", "state.l=w")).toMatchObject({ status: 3 })
    expect(server.requests[0]!.body.toString()).toBe('{"text": "v"}')
    expect(seen).toEqual([{ k: "v", l: "w" }])
    expect(state()).toEqual({ k: "v", l: "w" })
    expect(revisions()).toBe(2)
  })

  it.each([
    ["nope=done", 4, /no pipeline "nope".*There are: build/],
    ["biuld=done", 4, /did you mean "build"/],
    ["build=nope", 4, /no event "nope".*It has: done/],
    ["build", 2, /PIPELINE=EVENT/],
    ["build=done=x", 2, /PIPELINE=EVENT/],
    ["", 2, /PIPELINE=EVENT is missing/],
  ])("%s: exit %d", async (name, status, stderr) => {
    const { run, revisions } = story({ url: "http://127.0.0.1:9", event: EVENT })
    expect(await run("handle-event", name)).toMatchObject({ status, stderr: expect.stringMatching(stderr) })
    expect(revisions()).toBe(1)
  })

  it("a slip in any handler's name stops all, before anything is sent", async () => {
    const server = await httpServer(GOT)
    const { run, revisions } = story({ url: server.origin, event: { ...EVENT, "manual-choise": {} } })
    expect(await run(...HANDLE)).toMatchObject({
      status: 6,
      stderr: expect.stringContaining('did you mean "manual-choice"'),
    })
    expect(server.requests).toEqual([])
    expect(revisions()).toBe(1)
  })

  it("tells each of several failures; a template's comes first in the exit status", async () => {
    const server = await httpServer({ status: 404 })
    const event = {
      notify: { one: { message: "m" }, two: { message: "{{ no.such }}" }, three: { message: "m" } },
      "set-values": EVENT["set-values"],
    }
    const { run, state } = story({ url: server.origin, event })
    const { status, stderr } = await run(...HANDLE)
    expect(status).toBe(5)
    expect(stderr.match(/^cicdstatemgr: notify\.(one|three): not delivered.*status 404/gm)).toHaveLength(2)
    expect(stderr.match(/^cicdstatemgr: notify\.two: Cannot render.*'no' is undefined/gm)).toHaveLength(1)
    expect(stderr).toMatch(/^cicdstatemgr: 3 failures in the event build=done/m)
    expect(server.requests).toHaveLength(2)
    expect(state()).toEqual({ after: "captured nothing" })
  })

  it("writes results though the delivery failed", async () => {
    const server = await httpServer({ status: 500 })
    const { run, folder } = story({ url: server.origin, event: EVENT })
    const results = ["--result", "state.after=after.txt", "--revision-file", "revision.txt"]
    expect(await run(...HANDLE, ...results)).toMatchObject({ status: 3 })
    expect(readFileSync(join(folder, "after.txt"), "utf8")).toBe("captured nothing")
    expect(readFileSync(join(folder, "revision.txt"), "utf8")).toBe("2")
    const { status, stderr } = await run(...HANDLE, "--result", "state.nope=nope.txt")
    expect(status).toBe(4)
    expect(stderr).toMatch(/status 500/)
    expect(stderr).toMatch(/"state.nope".*Only the results are missing/)
    expect(existsSync(join(folder, "nope.txt"))).toBe(false)
  })

  it("a cache that cannot be written does not hide a failed delivery, nor undo the rest", async () => {
    const server = await httpServer({ status: 500 })
    const caches = { yamlfile: { path: "config.yaml/cache.yaml" } }
    const { run, state } = story({ url: server.origin, event: EVENT, caches, init: false })
    expect(await run("init", "c", "--app-config", "app.yaml")).toMatchObject({ status: 7 })
    const { status, stderr } = await run(...HANDLE)
    expect(status).toBe(7)
    expect(stderr).toMatch(/^cicdstatemgr: notify: not delivered.*status 500/m)
    expect(stderr).toMatch(/^cicdstatemgr: .*config\.yaml\/cache\.yaml/m)
    expect(state()).toEqual({ after: "captured nothing" })
  })
})

describe("init and load with --handle-event", () => {
  const INIT = ["init", "c", "--app-config", "app.yaml", "--handle-event", "build=done"]

  it("init commits once, after the event, which sees the new document", async () => {
    const place = { path: "" }
    const seen: unknown[] = []
    const server = await httpServer((response) => {
      seen.push(stored(place.path))
      response.end(GOT.body)
    })
    const event = { notify: { message: "{{ state.k }} {{ variables.x }}", "capture-response-data": CAPTURE } }
    const { run, folder, state, revisions } = story({
      url: server.origin,
      event,
      app: { variables: { x: "var {{ state.k }}" } },
      init: false,
    })
    place.path = folder
    expect(await run(...INIT, "state.k=v")).toMatchObject({ status: 0, stdout: "c\n" })
    expect(server.requests[0]!.body.toString()).toBe('{"text": "v var v"}')
    expect(seen).toEqual([undefined])
    expect(state()).toEqual({ k: "v", captured: "got" })
    expect(revisions()).toBe(1)
  })

  it("an init whose delivery fails has created the context all the same", async () => {
    const server = await httpServer({ status: 500 })
    const { run, state } = story({ url: server.origin, event: EVENT, init: false })
    expect(await run(...INIT)).toMatchObject({ status: 3, stdout: "c\n" })
    expect(state()).toEqual({ after: "captured nothing" })
  })

  it("an init that is refused, or that keeps what is there, sends nothing", async () => {
    const server = await httpServer(GOT)
    const { run, state, revisions } = story({ url: server.origin, event: EVENT })
    expect(await run(...INIT, "state.k=v")).toMatchObject({ status: 9, stdout: "" })
    expect(await run(...INIT, "--if-absent", "state.k=v")).toMatchObject({ status: 0, stdout: "c\n" })
    expect(await run(...INIT, "--overwrite", "--context", "nope")).toMatchObject({ status: 6 })
    expect(await run("init", "d", "--app-config", "app.yaml", "--handle-event", "build=nope")).toMatchObject({
      status: 4,
    })
    expect(server.requests).toEqual([])
    expect([state(), revisions()]).toEqual([{}, 1])
    expect((await run("list")).stdout).toBe("c\n")
    expect(await run(...INIT, "--overwrite", "state.k=v")).toMatchObject({ status: 0 })
    expect(server.requests).toHaveLength(1)
  })

  it("load commits its assignments and the event's once", async () => {
    const server = await httpServer(GOT)
    const event = { notify: { message: "{{ state.k }}", "capture-response-data": CAPTURE } }
    const { run, state, revisions } = story({ url: server.origin, event })
    const load = ["load", "c", "--handle-event", "build=done", "state.k=v"]
    expect(await run(...load, "--if-revision", "1", "--revision-file", "revision")).toMatchObject({ status: 0 })
    expect(server.requests[0]!.body.toString()).toBe('{"text": "v"}')
    expect([state(), revisions()]).toEqual([{ k: "v", captured: "got" }, 2])
    expect(await run(...load, "--if-revision", "1")).toMatchObject({ status: 9 })
    expect(await run("load", "nope", "--handle-event", "build=done")).toMatchObject({ status: 4 })
    expect(await run("load", "c", "--handle-event", "build=nope", "state.k=w")).toMatchObject({ status: 4 })
    expect(server.requests).toHaveLength(1)
    expect([state(), revisions()]).toEqual([{ k: "v", captured: "got" }, 2])
  })
})
