/** Digests of texts, as hex. */
import { createHash } from "node:crypto"
import { readSync } from "node:fs"

type Data = string | Uint8Array | readonly Uint8Array[]

export const sha1 = (data: Data): string => digest("sha1", data)
export const sha256 = (data: Data): string => digest("sha256", data)

function digest(algorithm: string, data: Data): string {
  const hash = createHash(algorithm)
  for (const part of isChunks(data) ? data : [data]) hash.update(part)
  return hash.digest("hex")
}

/** SHA-256 of what a descriptor has yet to read, chunk by chunk. */
export function sha256Of(descriptor: number): string {
  const hash = createHash("sha256")
  const chunk = Buffer.allocUnsafe(CHUNK)
  let bytes = readSync(descriptor, chunk)
  for (; bytes > 0; bytes = readSync(descriptor, chunk)) hash.update(chunk.subarray(0, bytes))
  return hash.digest("hex")
}

const CHUNK = 65_536

const isChunks = (data: Data): data is readonly Uint8Array[] => Array.isArray(data)
