/** Events whose captures are more than the primary takes: what fits is stored, what does not is told. */
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { httpServer } from "../support/http-servers.js"
import { GOT, HANDLE, story, told } from "./events-story.js"

const LIMIT = 6000
const SMALL = { datasources: { jsonfile: { path: "primary/{id}.json", isPrimary: true, maxDocumentBytes: LIMIT } } }
const capture = (from: string, to: string) => ({ "capture-response-data": [{ from, to }] })
/** Two blocks whose captures do not fit, among others that do. */
const EVENT = {
  notify: {
    first: { message: "1", ...capture("{{ body.v }}", "state.first") },
    large: { message: "2", ...capture(`{{ 'x' * ${LIMIT} }}`, "state.large") },
    last: { message: "3", ...capture("{{ body.v }}", "state.last") },
  },
  "set-values": {
    large: { set: [{ from: `{{ 'y' * ${LIMIT} }}`, to: "state.list[]" }] },
    small: { set: [{ from: "seen {{ state.large | length }}", to: "state.end" }] },
  },
}
const STORED = { first: "got", last: "got", end: `seen ${LIMIT}` }
const TOLD = [
  expect.stringMatching(
    /^cicdstatemgr: notify\.large: "state\.large" is not stored: "c" would have \d+ bytes, more than /,
  ),
  expect.stringMatching(/^cicdstatemgr: set-values\.large: "state\.list" is not stored: .*raise maxDocumentBytes/),
  "cicdstatemgr: 2 failures in the event build=done",
]

describe("captures beyond maxDocumentBytes", () => {
  it.each([
    ["handle-event", true, [...HANDLE, "state.k=v"]],
    ["load", true, ["load", "c", "state.k=v", "--handle-event", "build=done"]],
    ["init", false, ["init", "c", "--app-config", "app.yaml", "state.k=v", "--handle-event", "build=done"]],
  ])("%s stores all others", async (_name, init, command) => {
    const server = await httpServer(GOT)
    const { run, state } = story({ url: server.origin, event: EVENT, config: SMALL, init })
    const { status, stderr } = await run(...command)
    expect(told(stderr)).toEqual(TOLD)
    expect(status).toBe(8)
    expect(state()).toEqual({ k: "v", ...STORED })
    expect(server.requests).toHaveLength(3)
  })

  it("nothing of the event when nothing of it fits, and the context stays", async () => {
    const server = await httpServer(GOT)
    const event = { notify: EVENT.notify.large }
    const { run, state, revisions } = story({ url: server.origin, event, config: SMALL })
    expect(await run(...HANDLE)).toMatchObject({ status: 8 })
    expect({ state: state(), revisions: revisions() }).toEqual({ state: {}, revisions: 1 })
  })

  it("a condition on the revision holds for the first commit only, which makes the next one", async () => {
    const server = await httpServer(GOT)
    const { run, state } = story({ url: server.origin, event: EVENT, config: SMALL })
    const load = ["load", "c", "state.k=v", "--handle-event", "build=done", "--if-revision"]
    expect(await run(...load, "1")).toMatchObject({ status: 8 })
    expect(state()).toEqual({ k: "v", ...STORED })
    expect(await run(...load, "1")).toMatchObject({ status: 9 })
    expect(server.requests).toHaveLength(3)
  })

  it.each([
    ["handle-event", true, [...HANDLE]],
    ["init", false, ["init", "c", "--app-config", "app.yaml", "--handle-event", "build=done"]],
  ])("%s: a cache that cannot be written stops none of it", async (_name, init, command) => {
    const server = await httpServer(GOT)
    const datasources = { ...SMALL.datasources, yamlfile: { path: "cache/c.yaml" } }
    const { folder, run, state } = story({ url: server.origin, event: EVENT, config: { datasources }, init })
    rmSync(join(folder, "cache"), { recursive: true, force: true })
    writeFileSync(join(folder, "cache"), "no folder")
    const { status, stderr } = await run(...command)
    expect(status).toBe(7)
    expect(told(stderr)).toEqual([
      ...TOLD.slice(0, 2),
      expect.stringContaining("The state is saved in the primary, but"),
    ])
    expect(state()).toEqual(STORED)
  })

  it.each([
    ["handle-event", true, [...HANDLE]],
    ["handle-event --dry-run", true, [...HANDLE, "--dry-run"]],
    ["load", true, ["load", "c", "--handle-event", "build=done"]],
    ["init", false, ["init", "c", "--app-config", "app.yaml", "--handle-event", "build=done"]],
  ])("%s sends nothing when its own assignments are too large", async (_name, init, command) => {
    const server = await httpServer(GOT)
    const { run, state } = story({ url: server.origin, event: EVENT, config: SMALL, init })
    const { status, stderr } = await run(...command, "--set", `state.k=${"z".repeat(LIMIT)}`)
    expect(told(stderr)).toEqual([expect.stringMatching(/"c" would have \d+ bytes, more than 6000 bytes/)])
    expect(status).toBe(8)
    if (init) expect(state()).toEqual({})
    expect(server.requests).toEqual([])
  })
})
