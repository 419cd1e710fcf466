import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hashSlot, isBesideKey, redisKeys } from "../../src/stores/redis-keys.js"

const keys = fc.string({ unit: fc.constantFrom("{", "}", "a", "b", ":", "😀"), maxLength: 12 })

describe("redisKeys", () => {
  it.each([
    ["build-1", "{build-1}:cicdstatemgr:meta"],
    ["a{b", "{a{b}:cicdstatemgr:meta"],
    ["a{b}c", "{b}:cicdstatemgr:meta:a{b}c"],
    ["{b}", "{b}:cicdstatemgr:meta:{b}"],
    ["{a{b}", "{a{b}:cicdstatemgr:meta:{a{b}"],
  ])("%s has its meta at %s", (document, meta) => {
    expect(redisKeys(document).meta).toBe(meta)
  })

  it("puts everything of any id into one slot", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (id) => {
        const slots = Object.values(redisKeys(id.toWellFormed())).map(hashSlot)
        expect(new Set(slots).size).toBe(1)
      }),
    )
  })

  it("puts everything into the slot of the document, under names that are nobody else's", () => {
    fc.assert(
      fc.property(keys, keys, (one, other) => {
        const { document, ...beside } = redisKeys(one)
        for (const key of Object.values(beside)) {
          expect(hashSlot(key)).toBe(hashSlot(document))
          expect(isBesideKey(key)).toBe(true)
        }
        if (one !== other) expect(Object.values(redisKeys(other))).not.toContainEqual(beside.meta)
      }),
    )
  })
})

describe("hashSlot", () => {
  // CRC16 of "123456789" is 0x31C3 in the cluster specification.
  it.each([
    ["123456789", 0x31c3 % 16384],
    ["", 0],
    ["{user1000}.following", hashSlot("user1000")],
    ["foo{{bar}}zap", hashSlot("{bar")],
    ["foo{bar}{zap}", hashSlot("bar")],
  ])("of %j is %i", (key, slot) => {
    expect(hashSlot(key)).toBe(slot)
  })

  it("hashes the whole key when the tag is empty", () => {
    expect(hashSlot("foo{}{bar}")).not.toBe(hashSlot("bar"))
  })
})
