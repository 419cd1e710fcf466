/** Pipelines of the catalog's Tasks, with the catalog's own tests; and that the harness is as strict as a cluster. */
import { readdirSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { catalogObjects } from "./harness/catalog.js"
import { busyboxMissing } from "./harness/images.js"
import { type OpenNamespace, openNamespace } from "./harness/namespace.js"
import { objectsOf, type PipelineRunSpec, parseObjects, readObjects } from "./harness/objects.js"
import { type PipelineRunOutcome, playPipelineRun } from "./harness/pipeline-run.js"
import { sandboxMissing } from "./harness/sandbox.js"

const missing = sandboxMissing ?? busyboxMissing
if (missing) console.warn(missing)

describe.skipIf(missing)("pipelines", { concurrent: true, timeout: 60_000 }, () => {
  let namespace: OpenNamespace
  beforeAll(async () => {
    namespace = await openNamespace("ci", catalogObjects())
  })
  afterAll(() => namespace?.close())

  /** Plays the PipelineRun among some objects. */
  function play(objects: ReturnType<typeof parseObjects>): Promise<PipelineRunOutcome> {
    const run = objects.find(({ kind }) => kind === "PipelineRun")!
    const all = objectsOf([...catalogObjects(), ...objects.filter((object) => object !== run)])
    return playPipelineRun(
      { ...namespace, objects: all },
      { name: run.metadata.name!, spec: run.spec as PipelineRunSpec },
    )
  }

  it.each(catalogTests())("%s succeeds", async (file) => {
    expect(await play(readObjects(file))).toMatchObject({ reason: "", succeeded: true, skipped: [] })
  })

  it("tasks that write at once lose nothing", async () => {
    const writers = Array.from({ length: 5 }, (_, i) =>
      setState(`w${i}`, [`state.list[]=w${i}`], ["--increment=state.count"]),
    )
    const run = await play(
      parseObjects(
        pipelineRun({ tasks: [init(), ...writers, ACTIONS, getValue(["w0", "w1", "w2", "w3", "w4", "actions"])] }),
      ),
    )
    expect(run.reason).toBe("")
    const { list, count } = JSON.parse(run.tasks.at(-1)?.results.value ?? "")
    expect([...list].sort()).toEqual(["step 1", "step 2", "w0", "w1", "w2", "w3", "w4"])
    expect(count).toBe(7)
    const revisions = run.tasks.map(({ results }) => results.revision)
    // The first StepAction's revision is told by nobody; the reader's is that of the last writer.
    expect([new Set(revisions).size, revisions.at(-1)]).toEqual([7, "8"])
  })

  it("what a when or a failure keeps from running does not run, and finally does", async () => {
    const run = await play(
      parseObjects(
        pipelineRun({
          tasks: [
            init(),
            {
              ...setState("no", ["state.x=1"]),
              runAfter: ["init"],
              when: [{ input: "$(tasks.init.results.revision)", operator: "in", values: ["7"] }],
            },
            { ...setState("yes", ["state.x=2"]), runAfter: ["no"] },
            { ...setState("bad", ["state.x.y.z"]), runAfter: ["yes"], retries: 1 },
            { ...setState("never", ["state.x=3"]), runAfter: ["bad"] },
          ],
          finally: [
            setState("last", [
              "state.status=$(tasks.status)",
              "state.bad=$(tasks.bad.status)",
              "state.never=$(tasks.never.status)",
            ]),
            { ...setState("lost", ["state.never=$(tasks.never.results.revision)"]) },
          ],
        }),
      ),
    )
    expect(run.succeeded).toBe(false)
    expect(run.reason).toMatch(/^task "bad": step "set-state" exited with 2/)
    expect(run.tasks.map(({ task, tries }) => [task, tries])).toEqual([
      ["init", 1],
      ["yes", 1],
      ["bad", 2],
      ["last", 1],
    ])
    expect(run.skipped).toEqual(["no", "lost"])
  })

  describe("the harness refuses what a cluster refuses", () => {
    const one = (step: object, more: object = {}) => ({
      tasks: [{ name: "t", taskSpec: { steps: [{ name: "s", image: BUSYBOX, ...HARDENED, ...step }], ...more } }],
    })

    it.each([
      ["a variable that leads nowhere", one({ command: ["true"], args: ["$(params.x)"] }), "$(params.x) leads nowhere"],
      [
        "an array as part of a text",
        one({ command: ["true"], args: ["x$(params.a[*])"] }, { params: [{ name: "a", default: ["b"] }] }),
        "must stand alone",
      ],
      ["a result of a later step", one({ command: ["true"], args: ["$(steps.s.results.x)"] }), "leads nowhere"],
      ["a field that is not played", one({ command: ["true"], timeout: "1s" }), 'does not play "timeout"'],
      ["an image that runs as root", one({ command: ["true"], securityContext: NON_ROOT }), "runs as root"],
      [
        "a step without a security context",
        one({ command: ["true"], securityContext: {} }),
        "allowPrivilegeEscalation",
      ],
      ["an unknown image", one({ command: ["true"], image: "docker.io/library/alpine:3" }), "no image"],
      ["a workspace that is not bound", one({ command: ["true"] }, { workspaces: [{ name: "w" }] }), '"w" is missing'],
      [
        "a variable that is none of Tekton's, in a Pipeline",
        { tasks: [{ ...setState("t", ["state.x=$(HOME)"]), runAfter: [] }] },
        "$(HOME) leads nowhere",
      ],
      ["an unknown task", { tasks: [{ name: "t", taskRef: { name: "nobody" } }] }, 'no Task "nobody"'],
    ])("%s", async (_, pipeline, message) => {
      await expect(play(parseObjects(pipelineRun(pipeline)))).rejects.toThrow(message)
    })

    it.each(["$(tasks.t.results.x)", "x $(tasks.t.results.x[*]) y"])("a param of the run with %s", async (value) => {
      const pipeline = { params: [{ name: "p" }], ...one({ command: ["true"] }) }
      const [config, run] = parseObjects(pipelineRun(pipeline))
      const spec = { ...(run!.spec as PipelineRunSpec), params: [{ name: "p", value }] }
      await expect(play([config!, { ...run!, spec }])).rejects.toThrow("comes by a param")
    })

    it("a param of the run with $(steps.x.results.y), where a step gets it", async () => {
      const pipeline = { params: [{ name: "p" }], tasks: [init(), setState("set", ["state.x=$(params.p)"])] }
      const [config, run] = parseObjects(pipelineRun(pipeline))
      const spec = { ...(run!.spec as PipelineRunSpec), params: [{ name: "p", value: "$(steps.x.results.y)" }] }
      await expect(play([config!, { ...run!, spec }])).rejects.toThrow("$(steps.x.results.y) is not there")
    })

    it.each([
      ["a write to the root", { command: ["touch", "/x"] }, "Read-only file system"],
      ["a change of owner", { command: ["chown", "0", "/workspace"] }, "Operation not permitted"],
      ["a variable of another environment", { command: ["printenv", "HOME"] }, "exited with 1"],
      ["a program that is not in the image", { command: ["node"] }, "exited with 127"],
    ])("%s", async (_, step, message) => {
      expect((await play(parseObjects(pipelineRun(one(step))))).reason).toContain(message)
    })

    it.each([
      ["a message of more than 4096 bytes", result(4000), "above max allowed size 4096"],
      ["a message beyond the container's share", result(3000, 3), "cuts the termination message"],
    ])("%s", async (_, taskSpec, message) => {
      const run = await play(parseObjects(pipelineRun({ tasks: [{ name: "t", taskSpec }] })))
      expect(run.reason).toContain(message)
    })

    it("a persistent volume that no group may write to", async () => {
      const run = await play(parseObjects(pipelineRun({ tasks: [init()] }, {})))
      expect(run.reason).toContain("exited with 7")
    })
  })
})

/** Samples are the same without a check at their end. */
function catalogTests(): string[] {
  const files = readdirSync("tekton", { recursive: true, encoding: "utf8" })
  return files
    .filter((file) => file.endsWith("/tests/run.yaml"))
    .map((file) => `tekton/${file}`)
    .sort()
}

const BUSYBOX = "docker.io/library/busybox:1.37.0"
const NON_ROOT = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
}
const HARDENED = { securityContext: { ...NON_ROOT, runAsUser: 65532 } }

const CONFIG = `
cicdstatemgr:
  datasources:
    jsonfile: {path: "/workspace/state/contexts/{id}.json", isPrimary: true}
`

/** A PipelineRun with a persistent volume and a config, as YAML, which JSON is. */
const pipelineRun = (pipeline: object, security: object = { fsGroup: 65532 }): string =>
  [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "config" }, data: { "config.yaml": CONFIG } },
    {
      apiVersion: "tekton.dev/v1",
      kind: "PipelineRun",
      metadata: { name: "run" },
      spec: {
        pipelineSpec: { workspaces: [{ name: "state" }, { name: "config" }], ...pipeline },
        taskRunTemplate: { podTemplate: { securityContext: security } },
        workspaces: [
          { name: "state", volumeClaimTemplate: { spec: {} } },
          { name: "config", configMap: { name: "config" } },
        ],
      },
    },
  ]
    .map((object) => `---\n${JSON.stringify(object)}\n`)
    .join("")

const task = (name: string, ref: string, params: Readonly<Record<string, unknown>>) => ({
  name,
  taskRef: { name: ref },
  params: Object.entries({ id: "$(context.pipelineRun.uid)", ...params }).map(([key, value]) => ({ name: key, value })),
  workspaces: [{ name: "state" }, { name: "config" }],
})

const init = () => task("init", "init-context", {})

const setState = (name: string, set: readonly string[], more: readonly string[] = []) => ({
  ...task(name, "set-state", { set, "extra-args": more }),
  ...(name === "last" || name === "lost" ? {} : { runAfter: ["init"] }),
})

const getValue = (runAfter: readonly string[]) => ({
  ...task("value", "get-value", { path: "state", output: "json" }),
  runAfter,
})

const step = (name: string) => ({
  name,
  ref: { name: "set-state" },
  params: [
    { name: "id", value: "$(params.id)" },
    { name: "state-path", value: "$(workspaces.state.path)" },
    { name: "config-path", value: "$(workspaces.config.path)" },
    { name: "set", value: [`state.list[]=step ${name.slice(1)}`] },
    { name: "extra-args", value: ["--increment=state.count"] },
  ],
})

/** Two StepActions in one pod, whose last revision is the Task's result. */
const ACTIONS = {
  name: "actions",
  runAfter: ["init"],
  params: [{ name: "id", value: "$(context.pipelineRun.uid)" }],
  workspaces: [{ name: "state" }, { name: "config" }],
  taskSpec: {
    params: [{ name: "id" }],
    workspaces: [{ name: "state" }, { name: "config" }],
    results: [{ name: "revision", value: "$(steps.s2.results.revision)" }],
    steps: [step("s1"), step("s2")],
  },
}

/** A Task whose first step writes a result of so many bytes; each step tells it. */
const result = (bytes: number, more = 0) => ({
  results: [{ name: "big" }],
  steps: [
    {
      name: "s",
      image: BUSYBOX,
      ...HARDENED,
      command: ["sh", "-c"],
      args: [`head -c ${bytes} /dev/zero | tr '\\0' x > $(results.big.path)`],
    },
    ...Array.from({ length: more }, (_, i) => ({ name: `more${i}`, image: BUSYBOX, ...HARDENED, command: ["true"] })),
  ],
})
