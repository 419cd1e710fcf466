/** Rules for steps and containers wherever they stand: images, scripts, and no secret where a param could pick it up. */
import { IMAGE } from "./catalog.mjs"
import { variablesIn } from "./variables.mjs"

/**
 * @param {any} resource
 * @param {{ version: string, isCatalog: boolean }} options isCatalog: the strict rules of what we publish
 */
export function checkSteps(resource, { version, isCatalog }, report) {
  for (const { step, path } of stepsOf(resource)) {
    const tell = (field, message) => report([...path, field], message)
    if (step.image !== undefined) checkImage(step.image, version, tell)
    checkEnvironment(step, tell)
    for (const field of step.ref ? Object.keys(step) : []) {
      if (!WITH_REF.includes(field)) tell(field, "a step with ref cannot have it: the StepAction does")
    }
    if (variablesIn(step.script).some(({ expression }) => expression.startsWith("params"))) {
      tell("script", "a param in a script is code that the caller writes, pass it in env or args")
    }
    if (isCatalog) checkOwnStep(step, tell)
  }
}

/** What a step with `ref` may have. A securityContext is dropped without a word. */
const WITH_REF = [
  ...[
    "name",
    "displayName",
    "ref",
    "params",
    "when",
    "onError",
    "timeout",
    "computeResources",
    "envFrom",
    "workspaces",
  ],
  ...["stdoutConfig", "stderrConfig", "imagePullPolicy", "volumeDevices"],
]

/** Lists of what has image and environment, and maps that add to it. */
const LISTS = ["steps", "sidecars", "containers", "initContainers"]
const TEMPLATES = ["stepTemplate", "podTemplate"]

/** Steps, containers and templates of them at any depth. A StepAction is a step itself. */
function stepsOf({ kind, spec }) {
  return kind === "StepAction" ? [{ step: spec, path: ["spec"] }] : collect(spec, ["spec"])
}

function collect(value, path) {
  if (value === null || typeof value !== "object") return []
  return Object.entries(value).flatMap(([key, item]) => {
    const place = [...path, Array.isArray(value) ? Number(key) : key]
    if (TEMPLATES.includes(key)) return [{ step: item ?? {}, path: place }]
    if (LISTS.includes(key) && Array.isArray(item)) {
      return item.map((step, i) => ({ step: step ?? {}, path: [...place, i] }))
    }
    return collect(item, place)
  })
}

function checkImage(image, version, tell) {
  const [, host, tag, digest] = /^([^/]+)\/.*?[^/:@]+(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? []
  if (image.includes("$(")) return
  if (!host?.includes(".") && !host?.includes(":")) tell("image", `"${image}" does not name its registry`)
  else if (tag === "latest") tell("image", `"${image}" may be another one tomorrow`)
  else if (!tag && !digest) tell("image", `"${image}" has neither tag nor digest`)
  else if (image.startsWith(`${IMAGE}:`) && tag !== `v${version}`) tell("image", `the tag must be v${version}`)
}

/** Names whose values are secret, as the command line masks them in logs. */
const SECRET_NAME =
  /passw(or)?d|passphrase|(^|_)pass$|secret|token|api_?key|private_?key|access_?key|credential|authorization/i

/** What is in the environment, `$(NAME)` in any argument gets at. */
function checkEnvironment({ ref, ...step }, tell) {
  const [env, envFrom] = [step.env, step.envFrom].map((list) => (Array.isArray(list) ? list : []))
  if (env.some(({ valueFrom }) => valueFrom?.secretKeyRef)) tell("env", "a secret in env: mount it as a file")
  if (envFrom.some(({ secretRef }) => secretRef)) tell("envFrom", "a secret in env: mount it as a file")
  if (ref && envFrom.length > 0) tell("envFrom", "params of the StepAction could pick up these variables")
  const lax = env.find(({ name, value }) => SECRET_NAME.test(name) && value && !/^\$\(.*\)$|^\//.test(value))
  if (lax) tell("env", `a secret in env: mount ${lax.name} as a file`)
}

const HARDENED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
}

function checkOwnStep(step, tell) {
  if (step.script !== undefined) tell("script", "the image has no shell: use command and args")
  if (!step.command || !step.args) tell("command", "command and args are needed, else the registry is asked for them")
  for (const [key, value] of Object.entries(HARDENED)) {
    if (JSON.stringify(step.securityContext?.[key]) !== JSON.stringify(value))
      tell("securityContext", `${key} must be ${JSON.stringify(value)}`)
  }
  for (const key of Object.keys(step.securityContext ?? {})) {
    if (!Object.hasOwn(HARDENED, key)) tell("securityContext", `leave ${key} to the platform`)
  }
  if (!step.env?.some(({ name, value }) => name === "HOME" && value === "/tekton/home"))
    tell("env", "HOME must be /tekton/home")
}
