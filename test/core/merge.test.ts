import { describe, expect, it } from "vitest"
import { mergeMaps } from "../../src/core/merge.js"
import { parseJsonMap, writeJson } from "../../src/data/json.js"

describe("mergeMaps", () => {
  it.each([
    ['{"a": {"b": 1}}', '{"a": {"c": 2}}', '{"a": {"b": 1, "c": 2}}'],
    ['{"l": [1, 2]}', '{"l": []}', '{"l": []}'],
    ['{"k": {"a": 1}}', '{"k": {}}', '{"k": {"a": 1}}'],
    ['{"k": {}}', '{"k": "text"}', '{"k": "text"}'],
    ['{"k": false}', '{"k": null}', '{"k": null}'],
    ['{"k": true}', '{"k": false}', '{"k": false}'],
    ['{"k": 0}', '{"k": [1]}', '{"k": [1]}'],
    ['{"b": 1, "a": 2}', '{"a": 3, "c": 4}', '{"b": 1, "a": 3, "c": 4}'],
  ])("%s + %s", (below, over, merged) =>
    expect(writeJson(mergeMaps(parseJsonMap(below), parseJsonMap(over)))).toBe(merged),
  )

  it.each([
    ['{"x": {"k": {"a": 1}}}', '{"x": {"k": "text"}}'],
    ['{"x": {"k": "text"}}', '{"x": {"k": null}}'],
    ['{"x": {"k": "text"}}', '{"x": {"k": [1]}}'],
    ['{"x": {"k": 1}}', '{"x": {"k": 1.0}}'],
    ['{"x": {"k": true}}', '{"x": {"k": 1}}'],
  ])("%s + %s is a conflict that names the key", (below, over) =>
    expect(() => mergeMaps(parseJsonMap(below), parseJsonMap(over))).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining('"x.k"') }),
    ),
  )
})
