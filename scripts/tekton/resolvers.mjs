/** References to Tasks, StepActions and Pipelines, by name or through a resolver. */

/** The params that each resolver must have. Tekton's hub resolver has a default catalog for tasks and pipelines only. */
const REQUIRED = {
  cluster: ["kind", "name", "namespace"],
  git: ["url", "revision", "pathInRepo"],
  bundles: ["bundle", "name", "kind"],
  hub: ["catalog", "kind", "name", "version"],
  http: ["url"],
}
const OPTIONAL = {
  cluster: ["cache"],
  git: ["token", "tokenKey", "gitToken", "gitTokenKey", "org", "repo", "serverURL", "scmType", "configKey", "cache"],
  bundles: ["serviceAccount", "secret", "cache"],
  hub: ["type", "url"],
  http: ["http-username", "http-password-secret", "http-password-secret-key", "digest"],
}
const OURS = /(?:^|[/.])cicdstatemgr\b/

/**
 * The object that a reference means.
 * @param {any} ref taskRef, pipelineRef or a step's ref
 * @param {string} kind what it must be
 * @param {Map<string, any>} known objects of this kind by name
 * @returns {any} the spec, or undefined: not one of ours, or not known, which is reported
 */
export function resolveRef(ref, kind, known, path, report) {
  const name = ref.resolver === undefined ? ref.name : checkResolver(ref, kind, path, report)
  if (name === undefined || String(name).includes("$(")) return undefined
  if (!known.has(name)) report([...path, "name"], `there is no ${kind} "${name}"`)
  return known.get(name)
}

/** @returns {string | undefined} the name of an object of ours */
function checkResolver({ resolver, params = [] }, kind, path, report) {
  const required = REQUIRED[resolver]
  if (!required) {
    report([...path, "resolver"], `there is no resolver "${resolver}"`)
    return undefined
  }
  const given = Object.fromEntries(params.map(({ name, value }) => [name, value]))
  for (const name of required.filter((each) => given[each] === undefined)) {
    report(path, `the resolver ${resolver} needs the param "${name}"`)
  }
  for (const [i, { name }] of params.entries()) {
    if (![...required, ...OPTIONAL[resolver]].includes(name))
      report([...path, "params", i], `the resolver ${resolver} has no param "${name}"`)
  }
  if (given.kind !== undefined && given.kind !== kind.toLowerCase())
    report(path, `the kind must be ${kind.toLowerCase()}`)
  const source = [given.catalog, given.bundle, given.url].find((text) => text !== undefined)
  if (resolver !== "cluster" && !OURS.test(source ?? "")) return undefined
  return given.name ?? nameOfFile(given.pathInRepo ?? given.url)
}

const nameOfFile = (path) =>
  path
    ?.split("/")
    .pop()
    .replace(/\.ya?ml$/, "")
