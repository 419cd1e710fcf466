/** What `kubectl apply -k` makes of a folder, as far as kustomization.yaml asks for what is played here. */
import { readFileSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import { parse } from "yaml"
import { type KubernetesObject, only, readObjects } from "./objects.js"

interface Generator {
  readonly name: string
  readonly files?: readonly string[]
  readonly literals?: readonly string[]
}

interface Kustomization {
  readonly namespace?: string
  readonly resources: readonly string[]
  readonly configMapGenerator?: readonly Generator[]
  readonly secretGenerator?: readonly Generator[]
  readonly generatorOptions?: { readonly disableNameSuffixHash?: boolean }
}

/** A folder with the namespace that all of it goes to. */
export function kustomize(folder: string): { readonly namespace: string; readonly objects: KubernetesObject[] } {
  const kustomization = read(folder)
  if (!kustomization.generatorOptions?.disableNameSuffixHash) {
    throw new Error(
      "kustomization.yaml: names with a hash would not be found, Tekton's fields are not known to kustomize",
    )
  }
  const { namespace } = kustomization
  if (namespace === undefined) throw new Error("kustomization.yaml: the namespace is missing")
  return { namespace, objects: objectsOf(folder, kustomization) }
}

function read(folder: string): Kustomization {
  const kustomization = parse(readFileSync(join(folder, "kustomization.yaml"), "utf8")) as Kustomization
  const known = ["apiVersion", "kind", "namespace", "resources", "configMapGenerator", "secretGenerator"]
  only(kustomization, [...known, "generatorOptions"], "kustomization.yaml")
  return kustomization
}

function objectsOf(folder: string, kustomization: Kustomization): KubernetesObject[] {
  const { resources, configMapGenerator = [], secretGenerator = [] } = kustomization
  return [
    ...resources.flatMap((name) => resource(folder, name)),
    ...configMapGenerator.map((generator) => generated("ConfigMap", generator, folder)),
    ...secretGenerator.map((generator) => generated("Secret", generator, folder)),
  ]
}

/** A file below the folder, or another folder with a kustomization.yaml: kustomize loads no files from outside. */
function resource(folder: string, name: string): KubernetesObject[] {
  const path = join(folder, name)
  if (name.includes(":")) throw new Error(`kustomization.yaml: the harness does not fetch "${name}"`)
  if (statSync(path).isDirectory()) return objectsOf(path, read(path))
  if (name.startsWith("..")) throw new Error(`kustomization.yaml: kustomize loads no file from outside: "${name}"`)
  return readObjects(path)
}

function generated(kind: "ConfigMap" | "Secret", generator: Generator, folder: string): KubernetesObject {
  only(generator, ["name", "files", "literals"], `kustomization.yaml: ${generator.name}`)
  const files = (generator.files ?? []).map((entry) => {
    const [key, path] = entry.includes("=") ? entry.split("=", 2) : [basename(entry), entry]
    return [key!, readFileSync(join(folder, path!), "utf8")] as const
  })
  const literals = (generator.literals ?? []).map((entry) => {
    const at = entry.indexOf("=")
    return [entry.slice(0, at), entry.slice(at + 1)] as const
  })
  const data = Object.fromEntries([...files, ...literals])
  const base = { apiVersion: "v1", kind, metadata: { name: generator.name } }
  return kind === "ConfigMap" ? { ...base, data } : { ...base, stringData: data }
}
