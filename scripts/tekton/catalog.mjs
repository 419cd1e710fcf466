/** The Tekton catalog as texts: every file that is generated from actions.yaml and the templates beside it. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import nunjucks from "nunjucks"
import { parse, stringify } from "yaml"

export const IMAGE = "ghcr.io/cicdstatemgr/cicdstatemgr"
/** All objects in one file, for `kubectl apply -f`. */
export const RELEASE_FILE = "tekton/cicdstatemgr.yaml"
const REPOSITORY = "https://github.com/cicdstatemgr/cicdstatemgr"
const KINDS = { Task: "task", StepAction: "stepaction" }
const LINE_WIDTH = 120

/**
 * Renders the catalog.
 * @param {{ version: string, digest?: string | undefined }} release digest: `sha256:...` of the image, if it is known
 * @returns {Map<string, string>} text by path, relative to the project
 */
export function renderCatalog({ version, digest }) {
  const catalog = parse(readFileSync(new URL("actions.yaml", import.meta.url), "utf8"))
  const shared = {
    version,
    image: `${IMAGE}:v${version}${digest ? `@${digest}` : ""}`,
    bundle: `${IMAGE}-tekton:v${version}`,
    repository: REPOSITORY,
    rawUrl: `${REPOSITORY.replace("github.com", "raw.githubusercontent.com")}/v${version}`,
    releaseUrl: `${REPOSITORY}/releases/download/v${version}`,
    sampleFiles: catalog.sampleFiles,
  }
  const files = new Map()
  for (const [kind, folder] of Object.entries(KINDS)) {
    for (const name of Object.keys(catalog.actions)) {
      const context = { ...shared, ...describe(catalog, name, kind), folder }
      const base = `tekton/${folder}/${name}`
      const suffix = kind === "Task" ? "" : "-step"
      files.set(
        `${base}/${name}.yaml`,
        render("action.yaml.njk", { ...context, step: render("step.yaml.njk", context) }),
      )
      files.set(`${base}/README.md`, render("action.md.njk", context))
      files.set(
        `${base}/samples/${name}.yaml`,
        render("sample.yaml.njk", { ...context, runName: `${name}${suffix}-sample` }),
      )
      const test = { ...context, runName: `${name}${suffix}-test`, isTest: true }
      files.set(`${base}/tests/run.yaml`, render("sample.yaml.njk", test))
    }
  }
  const objects = [...files.keys()].filter((path) => /(\w[\w-]*)\/\1\.yaml$/.test(path))
  const workspaces = Object.entries(catalog.workspaces).map(([name, workspace]) => ({ name, ...workspace }))
  return new Map([
    ...files,
    [RELEASE_FILE, objects.map((path) => `---\n${files.get(path)}`).join("")],
    ["tekton/bundle.txt", objects.map((path) => `${path}\n`).join("")],
    ["tekton/README.md", render("catalog.md.njk", { ...shared, actions: catalog.actions, workspaces })],
  ])
}

/**
 * The digest of the image that a generated file names for a version.
 * @param {string} text
 * @param {string} version
 * @returns {string | undefined} undefined before the release
 */
export function digestIn(text, version) {
  const [, rest = ""] = text.split(`${IMAGE}:v${version}@`)
  return /^sha256:[0-9a-f]{64}\b/.exec(rest)?.[0]
}

/** What the templates know of one action in one kind. */
function describe(catalog, name, kind) {
  const isTask = kind === "Task"
  const action = catalog.actions[name]
  const named = (table, names) => names.map((key) => ({ name: key, ...table[key] }))
  const workspaces = named(catalog.workspaces, action.workspaces)
  const params = named(catalog.params, action.params)
  const path = (workspace) => `$(${isTask ? `workspaces.${workspace}.path` : `params.${workspace}-path`})`
  const result = (key) => `$(${isTask ? "" : "step."}results.${key}.path)`
  return {
    name,
    kind,
    isTask,
    action,
    workspaces,
    params: [...params, ...(isTask ? [] : workspaces.map(pathParam))].map(withType),
    results: named(catalog.results, action.results),
    path,
    result,
    hasSource: action.workspaces.includes("source"),
    args: argsOf({ action, params, path, result }),
    runs: [...action.sample, { action: name, params: action.sampleParams }].map((run) => ({
      name: run.action,
      hasSource: catalog.actions[run.action].workspaces.includes("source"),
      params: Object.entries(run.params).map(([key, value]) => ({ name: key, value })),
    })),
  }
}

/** The action's own args, then those that all have; what takes arrays comes last, the free positionals at the end. */
function argsOf({ action, params, path, result }) {
  const has = (param) => params.some(({ name }) => name === param)
  return [
    ...action.args.map((arg) => templates.renderString(arg, { result })),
    `--config=${path("config")}`,
    `--secrets=${path("secrets")}`,
    `--output-dir=${path("state")}`,
    "--log-level=$(params.log-level)",
    `--revision-file=${result("revision")}`,
    "$(params.extra-args[*])",
    ...(has("set-files") ? ["--set-file", "$(params.set-files[*])"] : []),
    ...(has("tmpl-ctx-vars") ? ["--tmpl-ctx-var", "$(params.tmpl-ctx-vars[*])"] : []),
    ...["--result", `state.cicdContextDataId=${result("context-id")}`, "$(params.results[*])"],
    "--",
    has("path") ? "$(params.path)" : "$(params.set[*])",
  ]
}

const pathParam = ({ name, isInput, description }) => ({
  name: `${name}-path`,
  description: `${description.replace(/\.$/, "")}: the path of a workspace.`,
  ...(isInput ? { default: "" } : {}),
})

const withType = (param) => ({ ...param, type: Array.isArray(param.default) ? "array" : "string" })

const templates = new nunjucks.Environment(
  new nunjucks.FileSystemLoader(fileURLToPath(new URL("templates", import.meta.url))),
  { autoescape: false, throwOnUndefined: true },
)
templates.addFilter("fold", fold)
templates.addFilter("text", (text, indent) =>
  text.length < LINE_WIDTH - indent - 16
    ? stringify(text, { lineWidth: 0 }).trim()
    : `>-\n${" ".repeat(indent)}${fold(text, indent)}`,
)
templates.addFilter("cell", (text) => text.replaceAll("|", "\\|"))

const render = (template, context) => `${templates.render(template, context).trimEnd()}\n`

/** Breaks a text at blanks, so that no line is wider than the rest of the file. */
function fold(text, indent) {
  const lines = text.match(new RegExp(`\\S.{0,${LINE_WIDTH - indent - 1}}(?=\\s|$)`, "g"))
  return lines.join(`\n${" ".repeat(indent)}`)
}
