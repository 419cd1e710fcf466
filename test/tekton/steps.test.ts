/** Each Task and StepAction of the catalog, run as a cluster would run it. */
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { callAction, catalogNames, catalogObjects, type Kind } from "./harness/catalog.js"
import { type OpenNamespace, openNamespace } from "./harness/namespace.js"
import type { ParamSpec, ParamValue } from "./harness/objects.js"
import { sandboxMissing } from "./harness/sandbox.js"
import type { TaskRunOutcome } from "./harness/task-run.js"
import type { Volume } from "./harness/volumes.js"
import { type Claim, claimIn, filesIn } from "./harness/workspaces.js"

if (sandboxMissing) console.warn(sandboxMissing)

const KINDS: readonly Kind[] = ["Task", "StepAction"]

describe.skipIf(sandboxMissing)("tasks and step actions", { concurrent: true, timeout: 60_000 }, () => {
  let namespace: OpenNamespace
  beforeAll(async () => {
    namespace = await openNamespace("ci", catalogObjects())
  })
  afterAll(() => namespace?.close())

  /** A volume for the state, and how to call what shares it. */
  function open(config = CONFIG, secrets: Readonly<Record<string, string>> = { "secrets.yaml": SECRETS }) {
    const state = claimIn(namespace)
    const volumes = new Map<string, Volume>([
      ["state", state.volume],
      ["config", filesIn(namespace, { "config.yaml": config })],
      ["secrets", filesIn(namespace, secrets)],
      ["source", filesIn(namespace, SOURCE)],
    ])
    const call = (kind: Kind, name: string, params: Readonly<Record<string, ParamValue>>, retries = 0) => {
      const spec = namespace.objects.spec<{ params: ParamSpec[]; workspaces?: { name: string }[] }>(kind, name)
      const isTaken = (workspace: string) =>
        kind === "Task"
          ? spec.workspaces?.some((each) => each.name === workspace)
          : spec.params.some((param) => param.name === `${workspace}-path`)
      const taken = new Map([...volumes].filter(([workspace]) => isTaken(workspace)))
      return callAction(namespace, kind, name, { params, volumes: taken, retries })
    }
    return { state, call, volumes }
  }

  describe.each(KINDS)("%s", (kind) => {
    it.each(catalogNames(kind))("%s takes every option", async (name) => {
      const { state, call } = open()
      const { before, params, after } = OPTIONS[name]!
      const file = kind === "Task" ? "$(workspaces.state.path)/extra.txt" : "$(results.extra.path)"
      const given = { ...params, results: [`state.by=${file}`] }
      expect(Object.keys(given).sort()).toEqual(paramsOf(namespace, kind, name))
      if (before) succeeded(await call(kind, "init-context", before))
      const outcome = succeeded(await call(kind, name, given))
      const extra = kind === "Task" ? readFileSync(join(state.folder, "extra.txt"), "utf8") : outcome.results.extra
      expect(extra).toBe("ann")
      expect(outcome.results).toMatchObject({ "context-id": "c-1", ...after.results })
      expect(documentIn(state).state).toMatchObject(after.state)
      expect(outcome.steps[0]?.stderr).not.toContain(" INFO ")
    })

    it("values arrive as they are", async () => {
      const { state, call } = open()
      const set = VALUES.map((value, i) => `state.v${i}=${value}`)
      succeeded(await call(kind, "init-context", { id: "c-1", set }))
      expect(documentIn(state).state).toMatchObject(Object.fromEntries(VALUES.map((value, i) => [`v${i}`, value])))
    })

    it("a value arrives as a result as it is", async () => {
      const { call } = open()
      const value = VALUES.join(" ")
      succeeded(await call(kind, "init-context", { id: "c-1", set: [`state.v=${value}`] }))
      const params = { id: "c-1", path: "state.v", "extra-args": ["--no-render"] }
      expect(succeeded(await call(kind, "get-value", params)).results.value).toBe(value)
    })

    it("what Kubernetes expands arrives through a file as it is", async () => {
      const { state, call } = open()
      succeeded(
        await call(kind, "init-context", {
          id: "c-1",
          set: [`state.param=${EXPANDED}`],
          "set-files": ["state.file=expanded.json"],
        }),
      )
      expect(documentIn(state).state).toMatchObject({ param: "/tekton/home 10.96.0.1 $ $(HOME)", file: EXPANDED })
    })

    it("no secret can be picked up by a param, and none shows anywhere", async () => {
      const { state, call } = open()
      const names = ["TOKEN", "SLACK_TOKEN", "REDIS_PASSWORD", "secrets.slack.token", "secretData.slack.token"]
      const set = names.map((name, i) => `state.leak${i}=$(${name})`)
      const outcome = succeeded(await call(kind, "init-context", { id: "c-1", set, "log-level": "debug" }))
      expect(Object.values(documentIn(state).state)).toEqual(expect.arrayContaining(names.map((name) => `$(${name})`)))
      const files = readdirSync(state.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      )
      const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      expect(texts.length).toBeGreaterThan(3)
      expect([...texts, JSON.stringify(outcome)].filter((text) => text.includes("secret-token"))).toEqual([])
    })

    it("optional workspaces may be missing, and arrays empty", async () => {
      const { state, volumes } = open()
      const bound = new Map([...volumes].filter(([name]) => name === "state" || name === "config"))
      const arrays = { set: [], "set-files": [], "tmpl-ctx-vars": [], results: [], "extra-args": [] }
      const outcome = await callAction(namespace, kind, "init-context", {
        params: { id: "c-1", ...arrays },
        volumes: bound,
      })
      expect(succeeded(outcome).results).toMatchObject({ "context-id": "c-1", revision: "1" })
      expect(documentIn(state).state).toEqual({ cicdContextDataId: "c-1", cicdContextName: "stage" })
    })

    it("init-context goes on where it was when the TaskRun is tried again", async () => {
      const slack = await answering([500, 200])
      try {
        const { state, call } = open(CONFIG.replace(CLOSED, slack.origin))
        const event = { event: "build=started", "tmpl-ctx-vars": ["who=state.by"] }
        const params = { ...event, id: "c-1", "app-config": "app.yaml", "bases-dir": "bases", set: ["state.by=ann"] }
        const outcome = succeeded(await call(kind, "init-context", params, 1))
        // The first try could not deliver, but the state was saved; the second one keeps it and delivers.
        expect(outcome).toMatchObject({ tries: 2, results: { "context-id": "c-1", revision: "2" } })
        expect(slack.count()).toBe(2)
        expect(documentIn(state).state).toMatchObject({ by: "ann", startedBy: "ann" })
      } finally {
        slack.close()
      }
    })

    it("a result that is too large as Tekton passes it on is an error, though its text is not", async () => {
      const { call } = open()
      for (const [i, text] of ["x".repeat(3990), '"'.repeat(2500)].entries()) {
        succeeded(await call(kind, "init-context", { id: `c-${i}`, set: [`state.big=${text}`] }))
        const outcome = await call(kind, "get-value", { id: `c-${i}`, path: "state.big" })
        expect(outcome).toMatchObject({ succeeded: false, steps: [{ exitCode: 8 }] })
        expect(outcome.reason).toContain(`"state.big" ${text.length}`)
      }
    })

    it("a result that is too large is an error that names it", async () => {
      const { call } = open()
      succeeded(await call(kind, "init-context", { id: "c-1", set: [`state.big=${"x".repeat(5000)}`] }))
      const outcome = await call(kind, "get-value", { id: "c-1", path: "state.big" })
      expect(outcome).toMatchObject({ succeeded: false, steps: [{ exitCode: 8 }] })
      expect(outcome.reason).toMatch(/"state\.big" 5000/)
    })

    it.each(["config", "secrets", "source"])("the workspace %s cannot be written to", async (workspace) => {
      const { call } = open()
      const path = `/workspace/${workspace}/x`
      const outcome = await call(kind, "init-context", { id: "c-1", results: [`state.cicdContextName=${path}`] })
      expect(outcome).toMatchObject({ succeeded: false, steps: [{ exitCode: 6 }] })
      expect(outcome.reason).toContain("EROFS")
    })
  })

  it.each([
    ["is missing", {}],
    ['there is no param "other"', { id: "c-1", other: "x" }],
    ["takes array, not string", { id: "c-1", set: "state.x=1" }],
    ["takes string, not array", { id: ["c-1"] }],
  ])("Tekton refuses a call whose param %s", async (message, params) => {
    const { call } = open()
    for (const kind of KINDS) await expect(call(kind, "init-context", params as never)).rejects.toThrow(message)
  })
})

/** A server that gives these answers in turn. */
async function answering(statuses: readonly number[]) {
  let count = 0
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(statuses[count++] ?? 200).end())
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, count: () => count, close: () => server.close() }
}

const CLOSED = "http://127.0.0.1:9"

const CONFIG = `
cicdstatemgr:
  datasources:
    jsonfile: {path: "/workspace/state/contexts/{id}.json", isPrimary: true}
  slack: {url: "${CLOSED}"}
  templates:
    notify: '{"text": {{ notify.message | tojson }}}'
`

const SECRETS = `
cicdstatemgr:
  slack: {token: the-secret-token}
`

const EXPANDED = "$(HOME) $(KUBERNETES_SERVICE_HOST) $$ $$(HOME)"

const SOURCE = {
  "report.json": '{"passed": 12}',
  "expanded.json": JSON.stringify(EXPANDED),
  "app.yaml": `
bases: [base.yaml]
cicd-contexts:
  prod: &prod
    pipelines:
      build:
        event-handlers:
          started:
            set-values: {set: [{from: "yes", to: state.started}, {from: "{{ who }}", to: state.startedBy}]}
            notify: {message: started}
        generators:
          image:
            tag: {if: "{{ who }}", set: [{key: state.image, value: "shop:{{ who }}"}]}
  stage: *prod
`,
  "bases/base.yaml": "cicd-contexts: {prod: {region: north}}\n",
}

/** Texts that the way through Tekton, the kubelet and a command line could change. */
const VALUES = [
  `It's "quoted" \`twice\``,
  "two\nlines\n",
  `a single $ and $HOME and \${HOME}`,
  "$(UNKNOWN) and $(params.unknown)",
  "ünïcödé 🚀",
  "--leading=dashes",
  "-x",
  "",
  "a=b=c",
  "back\\slash \\n",
  " blanks ",
  "{{ 7 * 7 }}",
  "*",
  "null",
]

interface Options {
  /** The params of an init-context that comes first. */
  readonly before?: Readonly<Record<string, ParamValue>>
  /** All but `results`. */
  readonly params: Readonly<Record<string, ParamValue>>
  readonly after: { readonly results: Readonly<Record<string, string>>; readonly state: object }
}

const BEFORE = { id: "c-1", "app-config": "app.yaml", "bases-dir": "bases", context: "prod", set: ["state.by=ann"] }
const COMMON = { id: "c-1", "extra-args": ["--actor=tester"], "log-level": "warning" }
const SETS = {
  set: ["state.a=1", "state.b:=[1, 2]"],
  "set-files": ["state.report=report.json", "state.again=report.json"],
}
const VARIABLES = { "tmpl-ctx-vars": ["who=state.by", "what=some text"] }
const EVENT = { event: "build=started", "on-delivery-failure": "warn" }
const SET_STATE = { a: "1", b: [1, 2], report: { passed: 12 }, again: { passed: 12 } }
const EVENT_STATE = { started: "yes", startedBy: "ann" }

const OPTIONS: Readonly<Record<string, Options>> = {
  "init-context": {
    params: { ...BEFORE, ...COMMON, ...SETS, ...VARIABLES, ...EVENT, set: [...SETS.set, "state.by=ann"] },
    after: { results: { revision: "1" }, state: { cicdContextName: "prod", ...SET_STATE, ...EVENT_STATE } },
  },
  "load-state": {
    before: BEFORE,
    params: { ...COMMON, ...SETS, ...VARIABLES, ...EVENT },
    after: { results: { revision: "2" }, state: { ...SET_STATE, ...EVENT_STATE } },
  },
  "handle-event": {
    before: BEFORE,
    params: { ...COMMON, ...SETS, ...VARIABLES, ...EVENT },
    after: { results: { revision: "3" }, state: { ...SET_STATE, ...EVENT_STATE } },
  },
  "set-state": {
    before: BEFORE,
    params: { ...COMMON, ...SETS, "if-revision": "1" },
    after: { results: { revision: "2" }, state: SET_STATE },
  },
  "get-value": {
    before: BEFORE,
    params: {
      ...COMMON,
      ...VARIABLES,
      path: "pipelines.build.generators.image.tag.set[0]",
      output: "json",
      "extra-args": ["--default=none"],
    },
    after: {
      results: { revision: "1", value: '{\n  "key": "state.image",\n  "value": "shop:{{ who }}"\n}' },
      state: {},
    },
  },
  generate: {
    before: BEFORE,
    params: { ...COMMON, ...VARIABLES, path: "pipelines.build.generators.image" },
    after: { results: { revision: "2" }, state: { image: "shop:ann" } },
  },
}

/** The params of a Task or StepAction, but for the paths of workspaces. */
const paramsOf = ({ objects }: OpenNamespace, kind: Kind, name: string) =>
  objects
    .spec<{ params: ParamSpec[] }>(kind, name)
    .params.map((param) => param.name)
    .filter((param) => kind === "Task" || !param.endsWith("-path"))
    .sort()

function succeeded(outcome: TaskRunOutcome): TaskRunOutcome {
  expect(outcome.reason).toBe("")
  expect(outcome.succeeded).toBe(true)
  return outcome
}

/** The document in the primary; the JSON cache beside it must hold the same. */
function documentIn({ folder }: Claim): { state: Record<string, unknown> } {
  const read = (path: string) => JSON.parse(readFileSync(join(folder, path), "utf8"))
  const document = read("contexts/c-1.json")
  expect(read("cicdContextData.json")).toEqual(document)
  return document
}
