/** SHA-256 as hex. Loads node's crypto only when called: reading a cache has no need of it. */
export async function sha256(data: string | Uint8Array): Promise<string> {
  const { createHash } = await import("node:crypto")
  return createHash("sha256").update(data).digest("hex")
}
