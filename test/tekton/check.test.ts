/** The check of Tekton YAML finds each error of the fixtures, and nothing else in them. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { checkFiles } from "../../scripts/tekton/check.mjs"
import { lintFiles } from "../../scripts/tekton/lint.mjs"

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string }
const known = readFileSync("tekton/bundle.txt", "utf8").trim().split("\n")
const FIXTURES = "test/tekton/fixtures"

const scratch = mkdtempSync(join(tmpdir(), "tekton-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe("broken fixtures", () => {
  it.each(readdirSync(FIXTURES))("%s", (name) => {
    const file = join(FIXTURES, name)
    const wanted = /^# error: (.+)$/m.exec(readFileSync(file, "utf8"))![1]!
    const problems = checkFiles([file], { version, known })
    expect(problems).toHaveLength(1)
    expect(`line ${problems[0]!.line}: ${problems[0]!.message}`).toContain(wanted)
  })
})

describe("rules of the catalog", () => {
  const broken: readonly [text: string | RegExp, replacement: string, error: string][] = [
    ["name: set-state\n  labels", "name: state-set\n  labels", "metadata.name: it must be the folder's name"],
    [/(version: )"[^"]+"/, '$1"0.0.1"', "app.kubernetes.io/version must be"],
    ["Integration & Delivery", "Delivery", "tekton.dev/categories: missing or not valid"],
    [/ +tekton.dev\/displayName.*\n/, "", "tekton.dev/displayName: missing or not valid: undefined"],
    ['"1.0.0"', '"1.0"', "tekton.dev/pipelines.minVersion: missing or not valid"],
    ["integration-delivery", "delivery", "artifacthub.io/category: missing or not valid"],
    ["linux/amd64,", "", "tekton.dev/platforms: missing or not valid"],
    ["lost.\n\n", "lost.\n", "spec.description: the first line must stand alone"],
    [/(name: id\n +type: string\n).*\n/, "$1", 'spec.params.0: "id" has no description'],
    [/ {6}computeResources:\n.*\n.*\n/, "", "spec.steps.0: computeResources are missing"],
    ["command: [cicdstatemgr]", "script: cicdstatemgr", "spec.steps.0.script: the image has no shell"],
    [/ +command: .*\n/, "", "spec.steps.0.command: command and args are needed"],
    ["readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "readOnlyRootFilesystem must be true"],
    ["drop: [ALL]", "drop: [NET_RAW]", 'capabilities must be {"drop":["ALL"]}'],
    ["runAsNonRoot: true", "runAsNonRoot: true\n        runAsUser: 65532", "leave runAsUser to the platform"],
    ["value: /tekton/home", "value: /root", "HOME must be /tekton/home"],
    [/:v[\d.]+(@sha256:\w+)?\n/, ":latest\n", "may be another one tomorrow"],
    ["      readOnly: true\n", "", "spec.workspaces: more than one is writable"],
    ["--id=$(params.id)", "--id=$(params.uid)", "$(params.uid): the param is not declared"],
    ["$(workspaces.state.path)", "$(workspaces.cache.path)", 'there is no workspace "cache"'],
    ["$(results.revision.path)", "$(results.version.path)", 'there is no result "version"'],
  ]
  it.each(broken.map(([text, replacement, error]) => [error, text, replacement] as const))(
    "%s",
    (error, text, replacement) => {
      const file = copyOfTask()
      const before = readFileSync(file, "utf8")
      writeFileSync(file, before.replace(text, replacement))
      const messages = checkFiles([file], { version }).map(({ message }) => message)
      expect(messages.filter((message) => message.includes(error))).toHaveLength(1)
    },
  )

  it("finds nothing in the Task as it is, and misses what belongs beside it", () => {
    const file = copyOfTask()
    expect(checkFiles([file], { version })).toEqual([])
    rmSync(join(scratch, "task/set-state/README.md"))
    expect(checkFiles([file], { version }).map(({ message }) => message)).toEqual([": README.md is missing beside it"])
  })

  function copyOfTask(): string {
    cpSync("tekton/task/set-state", join(scratch, "task/set-state"), { recursive: true })
    return join(scratch, "task/set-state/set-state.yaml")
  }
})

describe("tekton-lint", () => {
  const pipeline = (first: string, second: string) => `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata:
  name: build
spec:
  params:
    - name: id
      type: string
  workspaces:
    - name: state
  tasks:
    - name: one
      taskRef: {name: load-state}
      runAfter: [${first}]
      params:
        - {name: id, value: $(params.id)}
      workspaces:
        - name: state
    - name: two
      taskRef: {name: load-state}
      runAfter: [${second}]
      params:
        - {name: id, value: $(params.id)}
      workspaces:
        - name: state
`
  it.each([
    ["tasks that wait for each other", pipeline("two", "one"), "no-pipeline-task-cycle"],
    ["tasks in a row", pipeline("", "one"), undefined],
  ])("%s", async (_, text, rule) => {
    const file = join(scratch, "pipeline.yaml")
    writeFileSync(file, text)
    const rules = (await lintFiles([file], known)).map(({ message }) => /\(([\w-]+)\)$/.exec(message)?.[1])
    expect([...new Set(rules)]).toEqual(rule === undefined ? [] : [rule])
  })

  it("that breaks is a problem", async () => {
    const file = join(scratch, "broken.yaml")
    writeFileSync(file, "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata:\n  name: no-spec\n")
    const [problem, ...more] = await lintFiles([file], known)
    expect([problem?.message, more]).toEqual([expect.stringMatching(/\(tekton-lint broke\)$/), []])
  })

  it("does not miss a template that stands in an EventListener", async () => {
    const text = readFileSync(join(FIXTURES, "trigger-inline-template-unused.yaml"), "utf8")
    const file = join(scratch, "inline.yaml")
    writeFileSync(file, text)
    expect(await lintFiles([file], known)).toEqual([])
  })
})
