/** The story that examples/tekton/README.md tells, on real Redis and HTTP servers, and what its README shows. */
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { redisMissing } from "../support/redis-server.js"
import { type Example, openExample } from "./harness/example.js"
import { busyboxMissing } from "./harness/images.js"
import type { KubernetesObject, TaskSpec } from "./harness/objects.js"
import type { PipelineRunOutcome } from "./harness/pipeline-run.js"
import { sandboxMissing } from "./harness/sandbox.js"

const missing = sandboxMissing ?? busyboxMissing ?? redisMissing
if (missing) console.warn(missing)

const PUSH = readFileSync("examples/tekton/push.json", "utf8").trimEnd()
const SECRETS = [
  "demo-redis-password",
  "demo-slack-token",
  "demo-trigger-token",
  "demo-slack-gateway-token",
  "demo-slack-signing-secret",
  "demo-github-secret",
]

describe.skipIf(missing)("the example", { timeout: 60_000 }, () => {
  let example: Example
  const ids: Record<string, string> = {}
  const state = async (context: string) => (await example.documents()).get(ids[context]!)!.state
  beforeAll(async () => {
    example = await openExample()
  })
  afterAll(() => example?.close())

  it("a pushed tag is started, and by that built, tested and validated", async () => {
    await example.push(PUSH)
    const runs = await example.runs()
    expect(runs.map(brief)).toEqual([
      ["start", "", ["announce", "fetch", "init"], ["failure"]],
      ["build", "", ["begin", "build", "success"], ["failure"]],
      ["test", "", ["begin", "e2e", "e2e-wanted", "success", "unit"], ["failure"]],
      ["validate", "", ["begin", "scan", "success"], ["failure"]],
    ])
    ids.dev = runs[0]!.results["context-id"]!
    expect(ids.dev).toBe(runs[0]!.uid)
    expect(shownBy("push")).toEqual(normal(await example.page()))
    expect(secretsIn(runs)).toEqual([])
  })

  it("its state is complete, in one context", async () => {
    const documents = await example.documents()
    expect([...documents.keys()]).toEqual([ids.dev])
    const { runs, tests, slack, scan, build, ...rest } = await state("dev")
    expect(rest).toEqual({
      cicdContextDataId: ids.dev,
      cicdContextName: "dev",
      app: "shop",
      tag: "v1.4.2-alpine",
      commit: "5d1c9f1d8e0a4b8f9c3e2a7b6d4f0e1c2b3a4958",
      gitUrl: "https://git.example.test/team/shop.git",
      testRuns: 2,
    })
    expect([...(tests as string[])].sort()).toEqual(["e2e", "unit"])
    expect(build).toEqual({
      baseImage: "docker.io/library/node:22-alpine",
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    })
    expect(scan).toEqual({
      verdict: "passed",
      report: 'shop:v1.4.2-alpine ("alpine" & others)\nCRITICAL: 0\nHIGH: 0\n',
    })
    expect(slack).toEqual({ thread: expect.stringMatching(/^\d+\.000000$/) })
    const told = Object.values(runs as Record<string, Record<string, string>>)
    expect(told.map(({ pipeline, by, because }) => [pipeline, by, because?.replace(/-\w{5}$/, "")])).toEqual([
      ["start", "ann", JSON.parse(PUSH).head_commit.message.split("\n")[0]],
      ["build", "ann", "after start"],
      ["test", "ann", "after build"],
      ["validate", "ann", "after test"],
    ])
    expect(SECRETS.filter((secret) => JSON.stringify([...documents]).includes(secret))).toEqual([])
  })

  it("each pipeline triggers the next with what the config says", () => {
    const [push, ...triggers] = example.listener.events
    expect(push!.headers["x-github-event"]).toBe("push")
    expect(triggers.map(({ headers }) => headers["x-cicd-trigger-token"])).toEqual(Array(3).fill("demo-trigger-token"))
    expect(triggers.map(({ body }) => JSON.parse(body))).toEqual(
      ["build", "test", "validate"].map((pipeline) => ({
        ...{ pipeline, contextId: ids.dev, by: "ann" },
        because: expect.stringMatching(/^after (?:start|build|test)-\w{5}$/),
      })),
    )
  })

  it("the button deploys, and who pressed it takes the place of the question", async () => {
    expect(await example.click(1)).toBe("200\n")
    const runs = await example.runs()
    expect(runs.map(brief)).toEqual([["deploy", "", ["begin", "helm", "success", "verdict"], ["failure", "refused"]]])
    expect(helmIn(runs)).toBe(
      "helm upgrade --install shop oci://registry.example.test/charts/shop --namespace dev --set-literal tag=v1.4.2-alpine --set replicas=1",
    )
    expect((await state("dev")).deployed).toEqual({
      by: "kim",
      image: expect.stringMatching(/^registry\.example\.test\/shop:v1\.4\.2-alpine@sha256:[0-9a-f]{64}$/),
    })
    expect(normal(await example.page()).slice(-shownBy("button").length)).toEqual(shownBy("button"))
  })

  it("the command starts it in prod, where deploy is refused before a scan has passed", async () => {
    expect(await example.command("/ship shop v1.4.2-alpine prod")).toBe("200\n")
    const runs = await example.runs()
    expect(runs.map(brief)).toEqual([["start", "", ["announce", "fetch", "init"], ["failure"]]])
    ids.prod = runs[0]!.uid
    expect(normal(await example.page()).slice(-shownBy("command").length)).toEqual(shownBy("command"))
    await example.click(2)
    expect((await example.runs()).map(brief)).toEqual([
      ["deploy", "", ["begin", "refused", "verdict"], ["failure", "helm", "success"]],
    ])
    expect(normal(await example.page()).slice(-shownBy("refused").length)).toEqual(shownBy("refused"))
  })

  it("after the scan, it is deployed to prod", async () => {
    await example.command("/ship shop v1.4.2-alpine prod")
    ids.prod = (await example.runs())[0]!.uid
    await example.click(1)
    expect((await example.runs()).map(brief)).toEqual([["validate", "", ["begin", "scan", "success"], ["failure"]]])
    await example.click(2)
    const runs = await example.runs()
    expect(helmIn(runs)).toMatch(/ --namespace prod --set-literal tag=v1\.4\.2-alpine --set replicas=3$/)
    expect((await state("prod")).deployed).toEqual({ by: "kim" })
    expect((await example.page()).match(/#shop-prod .*:rocket:.*/g)).toHaveLength(1)
    expect((await example.documents()).size).toBe(3)
  })

  const trigger = (pipeline: string) =>
    JSON.stringify({ pipeline, contextId: "build-42", by: "eve", because: "", commit: "" })
  const command = JSON.stringify({ command: "/ship", text: "shop v1 dev", user_name: "eve", response_url: "" })
  const refused: readonly [what: string, send: () => Promise<unknown>][] = [
    ["a push that is not signed", () => example.push(PUSH, "another-key")],
    ["a push of a branch", () => example.push(PUSH.replace("refs/tags/", "refs/heads/"))],
    ["a tag that is deleted", () => example.push(PUSH.replace('"deleted": false', '"deleted": true'))],
    ["a tag with a slash", () => example.push(PUSH.replace("v1.4.2-alpine", "release/v2"))],
    ["a trigger with another token", () => example.post(trigger("build"), { "X-Cicd-Trigger-Token": "another-token" })],
    [
      "a trigger of another pipeline",
      () => example.post(trigger("deploy"), { "X-Cicd-Trigger-Token": "demo-trigger-token" }),
    ],
    ["a command past the gateway", () => example.post(command, {})],
    ["a command with another token", () => example.post(command, { "X-Cicd-Slack-Token": "demo-trigger-token" })],
    ...[
      ...["/ship shop v1 elsewhere", "/ship shop v1", "/ship shop v1 dev prod", "/other shop v1 dev", "/ship  v1 dev"],
      ...["/ship shop  dev", "/ship shop v1,replicas=9 dev", "/ship shop ../../evil dev", "/ship ../../evil v1 dev"],
      ...["/ship shop $(context.taskRun.uid) dev", "/ship shop -v dev"],
    ].map((text) => [text, () => example.command(text)] as [string, () => Promise<unknown>]),
  ]
  it.each(refused)("%s starts nothing", async (_, send) => {
    const [events, refusals] = [example.listener.events.length, example.listener.refusals.length]
    await send()
    expect(await example.runs()).toEqual([])
    expect(example.listener.events).toHaveLength(events + 1)
    const reasons = example.listener.refusals.slice(refusals)
    expect(reasons).toHaveLength(4)
    expect(reasons.filter((text) => !/filter|signature|event type|no such key/.test(text))).toEqual([])
  })

  it("a command that the listener would take is taken", async () => {
    await example.post(command, { "X-Cicd-Slack-Token": "demo-slack-gateway-token" })
    expect((await example.runs()).map(({ pipeline }) => pipeline)).toEqual(["start"])
  })
})

describe.skipIf(missing)("the example when a step fails", { timeout: 60_000 }, () => {
  it("of start, before there is a context, it is told as well", async () => {
    const example = await openExample(failing("fetch-source"))
    try {
      await example.push(PUSH)
      await example.command("/ship shop v1 dev")
      const runs = await example.runs()
      expect(
        runs.map(({ pipeline, succeeded, tasks }) => [pipeline, succeeded, tasks.map(({ task }) => task)]),
      ).toEqual(Array(2).fill(["start", false, ["fetch", "failure"]]))
      const told = (await example.page()).match(/^#.*:x: start of .* failed$/gm)
      expect(told?.sort()).toEqual([
        "#cicd :x: start of *shop:v1* failed",
        "#cicd :x: start of *shop:v1.4.2-alpine* failed",
        "#general   :x: start of *shop:v1* failed",
      ])
    } finally {
      await example.close()
    }
  })

  it("tells it, and nothing comes after it; a message of any text does no harm", async () => {
    const example = await openExample(failing("run-tests"))
    try {
      const message = "<!channel> & <https://evil.test|x> $(tasks.fetch.results.x) $(HOME) {{ 7 * 7 }} '\"`"
      const push = JSON.parse(PUSH)
      await example.push(JSON.stringify({ ...push, head_commit: { message: `${message}\nand more` } }))
      const runs = await example.runs()
      expect(runs.map(({ pipeline, succeeded }) => [pipeline, succeeded])).toEqual([
        ["start", true],
        ["build", true],
        ["test", false],
      ])
      expect(brief(runs[2]!)[3]).toEqual(["success"])
      const page = await example.page()
      expect(normal(page).slice(-2)[0]).toMatch(/:x: test of \*shop:v1\.4\.2-alpine\* failed$/)
      const { state } = (await example.documents()).get(runs[0]!.uid)!
      const told = message.replaceAll("$(", "$ (")
      expect(state).toMatchObject({ runs: { [runs[0]!.name]: { because: told } } })
      expect(page).toContain(
        `started in dev: ${told.replace("&", "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")}\n`,
      )
    } finally {
      await example.close()
    }
  })
})

/** The same object, but for a Task of the name, whose script fails. */
const failing = (name: string) => (object: KubernetesObject) => {
  if (object.kind !== "Task" || object.metadata.name !== name) return object
  const spec = object.spec as TaskSpec
  const steps = spec.steps.map((step) => (step.script ? { ...step, script: "#!/bin/sh\nexit 1\n" } : step))
  return { ...object, spec: { ...spec, steps } }
}

/** Pipeline, why it failed, the tasks that ran and those that were skipped, sorted. */
const brief = ({ pipeline, reason, tasks, skipped }: PipelineRunOutcome) => [
  ...[pipeline, reason],
  ...[tasks.map(({ task }) => task), skipped].map((names) => [...names].sort()),
]

const helmIn = (runs: readonly PipelineRunOutcome[]) =>
  runs.flatMap(({ tasks }) => tasks).find(({ task }) => task === "helm")?.results.command

const secretsIn = (runs: readonly PipelineRunOutcome[]) => {
  const told = JSON.stringify(runs)
  return SECRETS.filter((secret) => told.includes(secret))
}

/** The lines that the README shows after a step: a block ```text NAME. */
const shownBy = (name: string): string[] =>
  normal(
    new RegExp(`\`\`\`\`text ${name}\\n([\\s\\S]*?)\`\`\`\``).exec(
      readFileSync("examples/tekton/README.md", "utf8"),
    )?.[1] ?? "",
  )

/** Lines, without the ends of the runs' names, which are made up. */
const normal = (text: string): string[] =>
  text
    .trimEnd()
    .replace(/\b(start|build|test|validate|deploy)-\w{5}\b/g, "$1-xxxxx")
    .split("\n")
