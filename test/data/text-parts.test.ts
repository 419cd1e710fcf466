import { expect, it } from "vitest"
import { TextParts } from "../../src/data/text-parts.js"

it.each([0, 1, 4095, 4096, 4097, 10_000])("joins %d parts in their order", (count) => {
  const parts = Array.from({ length: count }, (_, i) => `${i} `)
  const text = new TextParts()
  for (const part of parts) text.add(part)
  expect(text.toString()).toBe(parts.join(""))
  expect(text.toString()).toBe(parts.join(""))
})
