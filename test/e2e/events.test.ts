/** Events at the built command line: what is stored when, which exit status, and nothing sent for what is refused. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { closedPort, httpServer } from "../support/http-servers.js"
import { CAPTURE, EVENT, GOT, HANDLE, stored, story, told } from "./events-story.js"

const LEGACY = ["--handle-event", "build=done", "--config", "config.yaml", "--secrets", "secrets.yaml", "--id", "c"]

describe("--on-delivery-failure", () => {
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
    for (const command of ["load", "init"])
      expect(await run(command, "c", "--tmpl-ctx-var", "a=b")).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("--tmpl-ctx-var needs --handle-event"),
      })
    expect(await run("load", "c", "--tmpl-ctx-var", "a=b", "--handle-event", "build=done")).toMatchObject({ status: 0 })
    expect(server.requests).toHaveLength(1)
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

  const FAILING = {
    notify: { one: { message: "m" }, two: { message: "{{ no.such }}" }, three: { message: "m" } },
    "set-values": { set: [{ from: "1", to: "state.end" }] },
  }
  const ALL = [
    expect.stringMatching(/^cicdstatemgr: notify\.two: Cannot render/),
    expect.stringMatching(/^cicdstatemgr: notify\.three: not delivered/),
  ]

  it.each([
    ["strict, log level debug", HANDLE, "debug", 5],
    ["strict, critical", HANDLE, "critical", 5],
    ["legacy, critical", [...LEGACY, "--on-delivery-failure", "fail"], "critical", 3],
  ])("%s: each failure is told, and once", async (_name, command, level, status) => {
    const server = await httpServer({ status: 404 })
    const { run } = story({ url: server.origin, event: FAILING })
    const outcome = await run(...command, "--log-level", level)
    const first = expect.stringMatching(/^cicdstatemgr: notify\.one: not delivered/)
    const sum = (count: number) => expect.stringMatching(`^cicdstatemgr: ${count} failures in the event build=done`)
    // A template that fails is text in the legacy style.
    const lines = status === 5 ? [first, ...ALL, sum(3)] : [first, expect.any(String), ALL[1], sum(3)]
    expect(outcome.status).toBe(status)
    expect(told(outcome.stderr)).toEqual(lines)
    expect(outcome.stderr.match(/notify\.one: not delivered/g)).toHaveLength(1)
  })

  it("as JSON lines each failure is one line, with its code", async () => {
    const server = await httpServer({ status: 404 })
    const { run } = story({ url: server.origin, event: FAILING })
    const { status, stderr } = await run(...HANDLE, "--log-format", "json", "--log-level", "critical")
    expect(status).toBe(5)
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(lines.map(({ code }) => code)).toEqual(["DELIVERY_FAILED", "TEMPLATE", "DELIVERY_FAILED", "TEMPLATE"])
    expect(lines[3].message).toBe("3 failures in the event build=done")
  })

  it("a result that is missing as well is told last", async () => {
    const server = await httpServer({ status: 404 })
    const { run, state } = story({ url: server.origin, event: FAILING })
    const { status, stderr } = await run(...HANDLE, "--result", "state.nope=nope.txt", "--log-level", "critical")
    expect(status).toBe(4)
    expect(told(stderr)).toEqual([
      expect.stringContaining("notify.one: not delivered"),
      ...ALL,
      expect.stringMatching(/"state\.nope".*Only the results are missing/),
    ])
    expect(state()).toEqual({ end: "1" })
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

describe("another writer, while a request is under way", () => {
  const event = {
    notify: {
      list: { message: "m", "capture-response-data": [{ from: "{{ body.v }}", to: "state.x.y" }, ...CAPTURE] },
      refused: { message: "m" },
    },
    "set-values": {
      set: [
        { from: "1", to: "state.x.z" },
        { from: "2", to: "state.end" },
      ],
    },
  }
  /** The first request is answered when another process has changed the context. */
  const interrupted = async (assignment: string, afterwards: (folder: string) => void = () => {}) => {
    const played = { write: async () => {} }
    const server = await httpServer(
      async (response) => {
        await played.write()
        response.end(GOT.body)
      },
      { status: 500 },
    )
    const caches = { yamlfile: { path: "cache/cache.yaml" } }
    const context = story({ url: server.origin, event, caches })
    played.write = async () => {
      expect(await context.run("set", assignment)).toMatchObject({ status: 0 })
      afterwards(context.folder)
    }
    return { server, ...context }
  }
  const CONFLICT = expect.stringMatching(/^cicdstatemgr: Cannot assign to "state\.x": there is a list, not a map/)
  const REFUSED = expect.stringMatching(/^cicdstatemgr: notify\.refused: not delivered.*status 500/)
  const SUM = expect.stringMatching(/^cicdstatemgr: 3 failures in the event build=done/)

  it.each([
    ["handle-event", HANDLE],
    ["load", ["load", "c", "--handle-event", "build=done", "state.mine=1"]],
  ])("%s: what has no place any more fails alone, the rest is stored", async (name, command) => {
    const { run, state, revisions } = await interrupted("state.x[]=a")
    const { status, stderr } = await run(...command, "--log-level", "critical")
    expect(status).toBe(9)
    expect(told(stderr)).toEqual([REFUSED, CONFLICT, CONFLICT, SUM])
    const mine = name === "load" ? { mine: "1" } : {}
    expect(state()).toEqual({ x: ["a"], captured: "got", end: "2", ...mine })
    expect(revisions()).toBe(3)
  })

  it("a cache that cannot be written hides none of it", async () => {
    const { run, state } = await interrupted("state.x[]=a", (folder) => {
      rmSync(join(folder, "cache"), { recursive: true })
      // A file where its folder should be.
      writeFileSync(join(folder, "cache"), "")
    })
    const { status, stderr } = await run(...HANDLE, "--log-level", "critical")
    expect(status).toBe(7)
    expect(told(stderr)).toEqual([REFUSED, CONFLICT, CONFLICT, expect.stringContaining("cache.yaml")])
    expect(state()).toEqual({ x: ["a"], captured: "got", end: "2" })
  })

  it("load's own assignments are stored all or none", async () => {
    const { run, state } = await interrupted("state.mine=text")
    const { status, stderr } = await run("load", "c", "--handle-event", "build=done", "state.mine[]=1")
    expect(status).toBe(9)
    expect(told(stderr)).toEqual([REFUSED, expect.stringContaining('"state.mine[]"')])
    expect(state()).toEqual({ mine: "text" })
  })

  it("--if-revision: nothing is stored, and what failed before is told", async () => {
    const { run, state, server } = await interrupted("state.other=b")
    const load = ["load", "c", "--handle-event", "build=done", "--if-revision", "1", "--log-level", "critical"]
    const { status, stderr } = await run(...load)
    expect(status).toBe(9)
    expect(told(stderr)).toEqual([REFUSED, expect.stringContaining("revision")])
    expect(state()).toEqual({ other: "b" })
    expect(server.requests).toHaveLength(2)
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

  it("an init that is refused sends nothing", async () => {
    const server = await httpServer(GOT)
    const { run, state, revisions } = story({ url: server.origin, event: EVENT })
    expect(await run(...INIT, "state.k=v")).toMatchObject({ status: 9, stdout: "" })
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

  it("an init that keeps what is there runs its event on that, as load does", async () => {
    const server = await httpServer(GOT)
    const event = { notify: { message: "{{ state.k }}", "capture-response-data": CAPTURE } }
    const { run, state, revisions } = story({ url: server.origin, event })
    expect(await run("set", "state.k=kept")).toMatchObject({ status: 0 })
    expect(await run(...INIT, "--if-absent", "state.k=v")).toMatchObject({ status: 0, stdout: "c\n" })
    expect(server.requests.map(({ body }) => body.toString())).toEqual(['{"text": "kept"}'])
    expect([state(), revisions()]).toEqual([{ k: "kept", captured: "got" }, 3])
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

  it.each([
    ["captures", CAPTURE, 2],
    ["only sends", [], 1],
  ])("load --if-revision without an assignment, where the event %s", async (_name, rules, revision) => {
    const server = await httpServer(GOT)
    const event = { notify: { message: "m", "capture-response-data": rules } }
    const { run, revisions } = story({ url: server.origin, event })
    const load = ["load", "c", "--handle-event", "build=done", "--if-revision"]
    expect(await run(...load, "7")).toMatchObject({ status: 9, stderr: expect.stringContaining("revision 1") })
    expect(server.requests).toEqual([])
    expect(await run(...load, "1", "--revision-file", "revision")).toMatchObject({ status: 0 })
    expect([server.requests.length, revisions()]).toEqual([1, revision])
    expect(await run("load", "c", "--if-revision", "1")).toMatchObject({ status: 2 })
  })
})
