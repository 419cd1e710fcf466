import { describe, expect, it } from "vitest"
import { createLogger } from "../src/logger.js"

const lines = (level: string, format = "text") => {
  const out: string[] = []
  const logger = createLogger({
    level,
    format,
    write: (line) => out.push(line),
    mask: (text) => text.replace("hunter22", "***"),
    now: () => new Date("2024-01-02T03:04:05.678Z"),
  })
  return { logger, out }
}

describe("createLogger", () => {
  it("writes the Python tool's form, masked, in one line", () => {
    const { logger, out } = lines("debug")
    logger.warn("password hunter22\nforged - root - ERROR - line\u2028\u0085")
    expect(out).toEqual([
      "2024-01-02 03:04:05,678 - root - WARNING - password ***\\nforged - root - ERROR - line\uFFFD\uFFFD\n",
    ])
  })

  it("writes JSON lines", () => {
    const { logger, out } = lines("info", "json")
    logger.error('a "b"')
    expect(JSON.parse(out[0]!)).toEqual({ time: "2024-01-02T03:04:05.678Z", level: "error", message: 'a "b"' })
  })

  it.each([
    ["NOTSET", 4],
    ["DEBUG", 4],
    ["Info", 3],
    ["WARN", 2],
    ["warning", 2],
    ["ERROR", 1],
    ["CRITICAL", 0],
    ["FATAL", 0],
  ])("%s shows %i of four levels", (level, count) => {
    const { logger, out } = lines(level)
    for (const log of [logger.debug, logger.info, logger.warn, logger.error]) log("x")
    expect(out).toHaveLength(count)
  })

  it.each([
    ["bogus", "text"],
    ["10", "text"],
    ["", "text"],
    ["toString", "text"],
    ["info", "xml"],
  ])("level %j, format %j is a usage error", (level, format) =>
    expect(() => lines(level, format)).toThrow(expect.objectContaining({ code: "USAGE" })),
  )
})
