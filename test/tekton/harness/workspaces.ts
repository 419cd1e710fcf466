import { randomUUID } from "node:crypto"
import type { Namespace } from "./container.js"
import { files, newClaim, type Volume, volumeOf } from "./volumes.js"

export interface Claim {
  readonly volume: Volume
  /** Its folder on this machine. */
  readonly folder: string
}

/** A new persistent volume, as the workspace `state` is often bound. */
export function claimIn({ objects, folder }: Namespace): Claim {
  const path = newClaim(folder)
  const claimName = randomUUID()
  const binding = { name: "state", persistentVolumeClaim: { claimName } }
  return { volume: volumeOf(binding, { objects, folder, claims: new Map([[claimName, path]]) }), folder: path }
}

/** The content of a ConfigMap or Secret as a workspace. */
export const filesIn = ({ folder }: Namespace, data: Readonly<Record<string, string>>): Volume => files(data, folder)
