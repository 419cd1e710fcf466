/**
 * What a kill between a delivery and its commit means: the delivery has happened, what it would have stored has not, and
 * nothing else is lost (at least once).
 */
import type { ChildProcess } from "node:child_process"
import { rmSync } from "node:fs"
import type { ServerResponse } from "node:http"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { httpServer } from "../support/http-servers.js"
import { type RedisServer, redisMissing, startRedis } from "../support/redis-server.js"
import { GOT, story } from "./events-story.js"

const EVENT = {
  notify: { message: "{{ state.before }}", "capture-response-data": [{ from: "{{ body.v }}", to: "state.captured" }] },
  "set-values": { set: [{ from: "after", to: "state.after[]" }] },
}

type Moment = (response: ServerResponse, kill: () => void) => void

/** Where the process is killed; others write while it is in flight. */
const MOMENTS: Readonly<Record<string, Moment>> = {
  "when the request arrives": (response, kill) => {
    kill()
    response.destroy()
  },
  "in mid-reply": (response, kill) => {
    response.writeHead(200, { "content-length": "12" }).write('{"v": ', kill)
  },
  "right after the reply": (response, kill) => {
    response.on("finish", kill).end(GOT.body)
  },
}

const INIT = ["init", "c", "--app-config", "app.yaml", "state.before=1"]
const HANDLE = ["handle-event", "build=done", "state.mine=1"]

async function play(moment: Moment, datasources: object): Promise<void> {
  let process: ChildProcess | undefined
  const others: Promise<{ status: number | null }>[] = []
  const server = await httpServer(async (response) => {
    // The event is under way: its own --set is stored, others write on top of it.
    others.push(run("set", "state.other=2", "state.list[]=a"), run("set", "state.list[]=b"))
    await Promise.all(others)
    moment(response, () => process?.kill("SIGKILL"))
  }, GOT)
  const { run, start, folder } = story({ url: server.origin, event: EVENT, config: { datasources }, init: false })
  // Straight from the primary: the caches are removed first.
  const state = async () => {
    rmSync(join(folder, "cache"), { recursive: true, force: true })
    const { status, stdout } = await run("get", "state", "-o", "json")
    expect(status).toBe(0)
    return JSON.parse(stdout)
  }
  expect(await run(...INIT)).toMatchObject({ status: 0 })

  const killed = await start((child) => (process = child), ...HANDLE)
  expect(server.requests).toHaveLength(1)
  expect(await Promise.all(others)).toEqual([
    expect.objectContaining({ status: 0 }),
    expect.objectContaining({ status: 0 }),
  ])
  const { list, captured, after, ...rest } = await state()
  expect(rest).toEqual({ cicdContextDataId: "c", cicdContextName: "stage", before: "1", mine: "1", other: "2" })
  expect([...list].sort()).toEqual(["a", "b"])
  // The reply may just have been stored when the signal came: all of it, or nothing.
  const isStored = killed.status === 0 || captured !== undefined
  expect([captured, after]).toEqual(isStored ? ["got", ["after"]] : [undefined, undefined])

  expect(await run(...HANDLE)).toMatchObject({ status: 0 })
  expect(server.requests).toHaveLength(2)
  expect(await state()).toMatchObject({ captured: "got", after: after ? ["after", "after"] : ["after"], other: "2" })
}

const CACHES = { jsonfile: { path: "cache/c.json" }, shellfile: { path: "cache/c.sh" } }

describe("kill -9 on the file store", () => {
  it.each(Object.entries(MOMENTS))("%s", (_name, moment) =>
    play(moment, { ...CACHES, yamlfile: { path: "primary/{id}.yaml", isPrimary: true } }),
  )
})

if (redisMissing) console.warn(redisMissing)
describe.skipIf(redisMissing !== undefined)("kill -9 on Redis", () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())
  it.each(Object.entries(MOMENTS))("%s", async (_name, moment) => {
    await redis.cli("FLUSHALL")
    await play(moment, { ...CACHES, redis: { host: redis.host, port: redis.port, isPrimary: true } })
  })
})
