/**
 * The body of a reply as text. It comes decompressed, piece by piece.
 * @param maxBytes beyond which the rest is not read
 * @returns UTF-8 without its byte order mark, invalid bytes as U+FFFD; undefined when it is larger
 * @throws what breaks the stream
 */
export async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}
