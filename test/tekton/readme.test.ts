/** The README's first Task, as its commands apply it. */
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { catalogObjects } from "./harness/catalog.js"
import { type OpenNamespace, openNamespace } from "./harness/namespace.js"
import { type KubernetesObject, only, parseObjects, type TaskRunSpec, type TaskSpec } from "./harness/objects.js"
import { sandboxMissing } from "./harness/sandbox.js"
import { playTaskRun } from "./harness/task-run.js"
import { newClaim, volumeOf } from "./harness/volumes.js"

if (sandboxMissing) console.warn(sandboxMissing)

const [, commands = ""] =
  /^## Tekton$[\s\S]*?^```console\n([\s\S]*?)^```$/m.exec(readFileSync("README.md", "utf8")) ?? []

describe.skipIf(sandboxMissing)("the README's first Task", { timeout: 60_000 }, () => {
  const applied = parseObjects(/<<'EOF'\n([\s\S]*?)^EOF$/m.exec(commands)?.[1] ?? "")
  const [, name = "", key = "", text = ""] =
    /^\$ kubectl create configmap (\S+) --from-literal=(\S+?)='([^']*)'$/m.exec(commands) ?? []
  const config: KubernetesObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { [key]: text } }
  let namespace: OpenNamespace
  let claims: ReadonlyMap<string, string>
  beforeAll(async () => {
    namespace = await openNamespace("ci", [...catalogObjects(), ...applied, config])
    const names = applied.filter(({ kind }) => kind === "PersistentVolumeClaim").map(({ metadata }) => metadata.name!)
    claims = new Map(names.map((claim) => [claim, newClaim(namespace.folder)]))
  })
  afterAll(() => namespace?.close())

  function play(run: string, spec: TaskRunSpec) {
    only(spec, ["taskRef", "params", "workspaces", "podTemplate"], `TaskRun "${run}"`)
    const { objects, folder } = namespace
    return playTaskRun(namespace, {
      ...{ name: run, uid: randomUUID(), taskName: spec.taskRef!.name, params: spec.params ?? [], retries: 0 },
      task: objects.spec<TaskSpec>("Task", spec.taskRef!.name),
      volumes: new Map(
        (spec.workspaces ?? []).map((binding) => [binding.name, volumeOf(binding, { objects, folder, claims })]),
      ),
      podSecurity: spec.podTemplate?.securityContext ?? {},
    })
  }

  it("takes at most five commands", () => {
    expect(commands.match(/^\$ /gm)!.length).toBeLessThanOrEqual(5)
    expect(applied.map(({ kind }) => kind)).toEqual(["PersistentVolumeClaim", "TaskRun"])
  })

  it("shows the context's id and revision 1, and the next one goes on from there", async () => {
    const [run] = applied.filter(({ kind }) => kind === "TaskRun")
    const spec = run!.spec as TaskRunSpec
    const first = await play(run!.metadata.name!, spec)
    expect([first.reason, first.results]).toEqual(["", { "context-id": "build-42", revision: "1" }])
    const params = [spec.params![0]!, { name: "path", value: "state.gitTag" }]
    const next = await play("next", { ...spec, taskRef: { name: "get-value" }, params })
    expect([next.reason, next.results.value]).toEqual(["", "v1.2"])
  })
})
