/** TriggerBindings and TriggerTemplates: from an event to the objects that it creates. */
import { type KubernetesObject, only } from "./objects.js"

export interface TemplateSpec {
  readonly params?: readonly { readonly name: string; readonly default?: string }[]
  readonly resourcetemplates: readonly unknown[]
}

/**
 * @param bindings their values, in which `$(body.x)`, `$(header.X)` and `$(extensions.x)` stand for parts of the event
 * @throws Error when a part or a param is missing, or is not a text, number or boolean
 */
export function resolveTemplate(
  template: TemplateSpec,
  bindings: readonly { readonly name: string; readonly value: string }[],
  event: Readonly<Record<"body" | "header" | "extensions", unknown>>,
): KubernetesObject {
  only(template, ["params", "resourcetemplates"], "TriggerTemplate")
  const values = new Map<string, string>()
  for (const { name, default: value } of template.params ?? []) if (value !== undefined) values.set(name, value)
  for (const { name, value } of bindings) values.set(name, fill(value, event))
  const [resource, ...more] = template.resourcetemplates
  if (more.length > 0) throw new Error("the harness plays templates of one resource")
  // Texts of the event come JSON-encoded into the template's JSON, as they are.
  const text = JSON.stringify(resource).replace(/\$\(tt\.params\.([\w-]+)\)/g, (variable, name: string) => {
    const value = values.get(name)
    if (value === undefined) throw new Error(`${variable}: the param is missing`)
    return value
  })
  return JSON.parse(text) as KubernetesObject
}

const fill = (value: string, event: object): string =>
  value.replace(/\$\(([^)]*)\)/g, (_, path: string) => show(partOf(event, path), path))

function partOf(event: object, path: string): unknown {
  if (!/^(?:body|header|extensions)(?:\.[\w-]+|\[\d+\])*$/.test(path)) throw new Error(`$(${path}) is not played`)
  return path
    .replace(/\[(\d+)\]/g, ".$1")
    .split(".")
    .reduce<unknown>((part, key) => {
      if (part === null || typeof part !== "object" || !Object.hasOwn(part, key))
        throw new Error(`${path} is not found`)
      return (part as Readonly<Record<string, unknown>>)[key]
    }, withHeaderNames(event))
}

/** Go's names of headers, such as X-Github-Event. */
const withHeaderNames = (event: object) => {
  const { header } = event as { header: Readonly<Record<string, string>> }
  const names = Object.entries(header).map(([name, value]) => [
    name.replace(/(?:^|-)\w/g, (c) => c.toUpperCase()),
    value,
  ])
  return { ...event, header: Object.fromEntries(names) }
}

function show(value: unknown, path: string): string {
  if (typeof value === "string") return JSON.stringify(value).slice(1, -1)
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  throw new Error(`${path} is neither text, number nor boolean`)
}
