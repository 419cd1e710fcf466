/** The volumes behind workspaces, with the owners and modes that a kubelet gives them. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Objects, WorkspaceBinding } from "./objects.js"

export interface Volume {
  readonly kind: "emptyDir" | "claim" | "files"
  /** The folder for a pod: an emptyDir has a new one for each. */
  folder(pod: Pod): string
}

export interface Pod {
  /** A folder of its own, which goes with the pod. */
  readonly folder: string
  readonly fsGroup: number | undefined
}

/**
 * @param folder where new folders are made
 * @param claims folders of the claims that are there, by name
 */
export function volumeOf(
  binding: WorkspaceBinding,
  { objects, folder, claims }: { objects: Objects; folder: string; claims: ReadonlyMap<string, string> },
): Volume {
  const { emptyDir, volumeClaimTemplate, persistentVolumeClaim, configMap, secret } = binding
  if (emptyDir) return { kind: "emptyDir", folder: (pod) => emptyFolder(pod) }
  if (volumeClaimTemplate) return claim(newClaim(folder), binding.subPath)
  if (persistentVolumeClaim) {
    const found = claims.get(persistentVolumeClaim.claimName)
    if (found === undefined) throw new Error(`There is no claim "${persistentVolumeClaim.claimName}"`)
    return claim(found, binding.subPath)
  }
  if (configMap) return files(itemsOf(dataOf(objects, "ConfigMap", configMap.name), configMap.items), folder)
  if (secret) return files(itemsOf(dataOf(objects, "Secret", secret.secretName), secret.items), folder)
  throw new Error(`The workspace "${binding.name}" is bound to nothing that the harness plays`)
}

/** A new persistent volume: as many provisioners leave it, only root may write. */
export function newClaim(folder: string): string {
  const path = mkdtempSync(join(folder, "claim-"))
  chmodSync(path, 0o755)
  return path
}

/** A folder that every user of the pod may write to. */
export function emptyFolder({ folder, fsGroup }: Pod, path = mkdtempSync(join(folder, "empty-"))): string {
  mkdirSync(path, { recursive: true })
  own(path, fsGroup)
  chmodSync(path, 0o777)
  return path
}

/** The data of a ConfigMap or Secret. */
export function dataOf(objects: Objects, kind: "ConfigMap" | "Secret", name: string): Readonly<Record<string, string>> {
  const object = objects.find(kind, name)
  if (object === undefined) throw new Error(`There is no ${kind} "${name}"`)
  if (kind === "ConfigMap") return object.data ?? {}
  const data = Object.entries(object.data ?? {}).map(([key, text]) => [key, Buffer.from(text, "base64").toString()])
  return { ...Object.fromEntries(data), ...object.stringData }
}

const claim = (path: string, subPath: string | undefined): Volume => ({
  kind: "claim",
  folder({ fsGroup }) {
    own(path, fsGroup)
    if (subPath === undefined) return path
    // The kubelet makes it as root: only with a group may others write there.
    mkdirSync(join(path, subPath), { recursive: true })
    own(join(path, subPath), fsGroup)
    return join(path, subPath)
  },
})

function own(path: string, fsGroup: number | undefined): void {
  if (fsGroup === undefined) return
  chownSync(path, 0, fsGroup)
  chmodSync(path, 0o2775)
}

function itemsOf(data: Readonly<Record<string, string>>, items: readonly { key: string; path: string }[] | undefined) {
  if (!items) return data
  return Object.fromEntries(
    items.map(({ key, path }) => {
      const text = data[key]
      if (text === undefined) throw new Error(`There is no key "${key}"`)
      return [path, text]
    }),
  )
}

/** Links to a folder that the kubelet would exchange as a whole. */
export function files(data: Readonly<Record<string, string>>, folder: string): Volume {
  const path = mkdtempSync(join(folder, "files-"))
  chmodSync(path, 0o755)
  const version = "..2026_01_01_00_00_00.1"
  for (const [name, text] of Object.entries(data)) {
    const file = join(path, version, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode: 0o644 })
  }
  symlinkSync(version, join(path, "..data"))
  const tops = new Set(Object.keys(data).map((name) => name.split("/")[0]!))
  for (const name of tops) symlinkSync(join("..data", name), join(path, name))
  return { kind: "files", folder: () => path }
}
