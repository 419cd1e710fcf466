/** Digests of texts, as hex. */
import { createHash } from "node:crypto"

export const sha1 = (data: string | Uint8Array): string => createHash("sha1").update(data).digest("hex")
export const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex")
