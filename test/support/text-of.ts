import type { Format } from "../../src/core/ports.js"
import { TextBytes } from "../../src/data/text-bytes.js"

/** What a format writes. */
export function textOf({ write }: Pick<Format, "write">, snapshot: Parameters<Format["write"]>[0]): string {
  const text = new TextBytes()
  write(snapshot, text)
  return text.toString()
}
