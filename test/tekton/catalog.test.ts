/** The committed Tekton catalog: generated without drift, checked, and in step with the command line. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { parse, stringify } from "yaml"
import { digestIn, IMAGE, RELEASE_FILE, renderCatalog } from "../../scripts/tekton/catalog.mjs"
import { checkFiles } from "../../scripts/tekton/check.mjs"
import { COMMANDS } from "../../src/cli/commands.js"
import { COMMON } from "../../src/cli/options.js"

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string }
const DIGEST = `sha256:${"0".repeat(64)}`
const BY_HAND = [
  "tekton/kustomization.yaml",
  "tekton/stepaction/artifacthub-repo.yml",
  "tekton/task/artifacthub-repo.yml",
]

const scratch = mkdtempSync(join(tmpdir(), "tekton-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const committed = readdirSync("tekton", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
const generated = renderCatalog({ version, digest: digestIn(readFileSync(RELEASE_FILE, "utf8"), version) })

describe("generated files", () => {
  it("are the committed ones, none more and none less", () => {
    expect(committed.filter((file) => !BY_HAND.includes(file)).sort()).toEqual([...generated.keys()].sort())
  })

  it.each([...generated])("%s is as `npm run build:tekton` writes it", (file, text) => {
    expect(readFileSync(file, "utf8")).toBe(text)
  })

  it("a digest stands in every object, and is found again", () => {
    const files = renderCatalog({ version, digest: DIGEST })
    const objects = [...files].filter(([file]) => /([^/]+)\/\1\.yaml$/.test(file))
    expect(objects).toHaveLength(12)
    for (const [, text] of objects) expect(text).toContain(`image: ${IMAGE}:v${version}@${DIGEST}\n`)
    expect(digestIn(files.get(RELEASE_FILE)!, version)).toBe(DIGEST)
    expect(digestIn(files.get(RELEASE_FILE)!, "0.0.0")).toBeUndefined()
  })

  it("the bundle has room for all objects", () => {
    const names = generated.get("tekton/bundle.txt")!.trim().split("\n")
    expect(names.length).toBeLessThanOrEqual(20)
    expect(generated.get(RELEASE_FILE)!.match(/^kind: /gm)).toHaveLength(names.length)
  })
})

it("tekton/ and examples/ pass the check and tekton-lint", () => {
  expect(execFileSync(process.execPath, ["scripts/check-tekton.mjs"], { encoding: "utf8" })).toContain("no problem")
})

interface Action {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly params: readonly { readonly name: string; readonly type: string; readonly default?: unknown }[]
    readonly args?: readonly string[]
    readonly steps?: readonly { readonly args: readonly string[] }[]
  }
}

const actions = [...generated]
  .filter(([file]) => /([^/]+)\/\1\.yaml$/.test(file))
  .map(([file, text]) => [file, parse(text) as Action] as const)
const known = actions.map(([file]) => file)
const argsOf = ({ spec }: Action) => spec.args ?? spec.steps![0]!.args

describe.each(actions)("%s", (_, action) => {
  const [command, ...args] = argsOf(action)

  it("gives only options that the command has", () => {
    const options = args.filter((arg) => arg.startsWith("--") && arg !== "--").map((arg) => arg.slice(2).split("=")[0]!)
    const taken: readonly string[] = [...COMMON, ...(COMMANDS[command!]?.options ?? [])]
    expect(options.filter((option) => !taken.includes(option))).toEqual([])
  })

  it.each(action.spec.params.filter(({ name }) => name !== "source-path"))(
    "passes $name as it is",
    ({ name, type }) => {
      const variable = `$(params.${name}${type === "array" ? "[*]" : ""})`
      const [use, ...more] = args.filter((arg) => arg.includes(variable))
      expect(more).toEqual([])
      // An array must stand alone, and so must what is no option's value; a text may begin with a dash.
      if (type === "array" || (name === "event" && command === "handle-event")) expect(use).toBe(variable)
      else if (name === "path") expect(args.indexOf(variable)).toBe(args.indexOf("--") + 1)
      else expect(use).toMatch(/^--[a-z-]+=\$\([^()]+\)$/)
    },
  )
})

it("Task and StepAction of one name take the same params, and paths instead of workspaces", () => {
  const paramsOf = (kind: string) =>
    new Map(
      actions
        .filter(([, action]) => action.kind === kind)
        .map(([, { metadata, spec }]) => [metadata.name, spec.params.filter(({ name }) => !name.endsWith("-path"))]),
    )
  expect(paramsOf("StepAction")).toEqual(paramsOf("Task"))
})

describe("READMEs", () => {
  const blocks = [...generated]
    .filter(([file]) => file.endsWith("README.md"))
    .flatMap(([file, text]) =>
      [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml], i) => [`${file} ${i + 1}`, yaml!]),
    )

  it.each(blocks)("%s refers to what is there", (name, yaml) => {
    const file = join(scratch, "block.yaml")
    writeFileSync(file, asRun(parse(yaml!) as Record<string, unknown>))
    const messages = checkFiles([file], { version, known }).map(({ message }) => message)
    // The block shows the reference only.
    expect(messages.filter((message) => !/the (param|workspace) "[\w-]+" is missing$/.test(message))).toEqual([])
    const action = /tekton\/\w+\/([\w-]+)/.exec(name!)?.[1] ?? ""
    expect(yaml).toContain(action)
  })

  /** The block as it stands in a TaskRun. */
  function asRun(block: Record<string, unknown>): string {
    const taskSpec = { steps: block.steps ?? [{ name: "step", ...block }], results: [{ name: "git-tag" }] }
    const spec = block.taskRef
      ? block
      : {
          taskSpec: {
            ...taskSpec,
            params: [{ name: "context-id" }],
            workspaces: [{ name: "state" }, { name: "config" }],
          },
        }
    return stringify({ apiVersion: "tekton.dev/v1", kind: "TaskRun", metadata: { name: "block" }, spec })
  }
})

describe("the README's first steps", () => {
  const section = /^## Tekton$(.*?)^## /ms.exec(readFileSync("README.md", "utf8"))![1]!
  const shell = /^```console\n(.*?)^```$/ms.exec(section)![1]!

  it("are at most five commands, for this version", () => {
    expect(shell.match(/^\$ /gm)!.length).toBeLessThanOrEqual(5)
    expect([...section.matchAll(/\/v(\d+\.\d+\.\d+)/g)].map(([, named]) => named)).toEqual([version])
  })

  it("apply objects that pass the check", () => {
    const file = join(scratch, "first.yaml")
    writeFileSync(file, /<<'EOF'\n(.*?)^EOF$/ms.exec(shell)![1]!)
    expect(checkFiles([file], { version, known })).toEqual([])
  })
})
