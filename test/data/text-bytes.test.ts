import { expect, it } from "vitest"
import { TextBytes } from "../../src/data/text-bytes.js"

const MEGABYTE = 2 ** 20

const texts: ReadonlyArray<readonly [string, readonly string[]]> = [
  ["nothing", []],
  ["an empty part", [""]],
  ["many short parts", Array.from({ length: 300_000 }, (_, i) => `${i} `)],
  ["characters of one to four bytes", Array.from({ length: 200_000 }, (_, i) => ["a", "ä", "€", "🚀"][i % 4]!)],
  ["a part larger than a chunk", ["before", "ä".repeat(MEGABYTE), "behind"]],
  ["parts that fill a chunk to its end", Array.from({ length: 64 }, () => "x".repeat(MEGABYTE / 32))],
]

it.each(texts)("holds %s as UTF-8", (_name, parts) => {
  const text = new TextBytes()
  for (const part of parts) text.add(part)
  const expected = Buffer.from(parts.join(""))
  expect(text.byteLength).toBe(expected.length)
  expect(Buffer.concat(text.chunks).equals(expected)).toBe(true)
  expect(text.toString() === parts.join("")).toBe(true)
})

it("takes one text after the other, in the same memory", () => {
  const text = new TextBytes()
  const memory = new Set<ArrayBufferLike>()
  for (const [, parts] of [...texts, ...texts.toReversed()]) {
    text.clear()
    for (const part of parts) text.add(part)
    expect(text.toString() === parts.join("")).toBe(true)
    for (const chunk of text.chunks) memory.add(chunk.buffer)
  }
  expect([...memory].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(8 * MEGABYTE)
})

it("drops what was added before it is cleared", () => {
  const text = new TextBytes()
  text.add("dropped")
  text.clear()
  text.add("kept")
  expect(text.toString()).toBe("kept")
})
