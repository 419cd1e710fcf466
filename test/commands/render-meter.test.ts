import { describe, expect, it } from "vitest"
import { createMeter } from "../../src/commands/render-meter.js"

/** Takes CPU time, however long that takes. */
function burn(seconds: number): string {
  const before = process.cpuUsage()
  while (process.cpuUsage(before).user + process.cpuUsage(before).system < seconds * 1e6);
  return "x"
}
const refused = expect.objectContaining({ code: "LIMIT_EXCEEDED", message: expect.stringContaining("variables.v") })

describe("a meter of templates", () => {
  it.each([
    ["CPU time", { cpuSeconds: 0.05, characters: 10 }, () => burn(0.03)],
    ["characters", { cpuSeconds: 1000, characters: 10 }, () => "abcdef"],
  ])("refuses the next one after too much %s", (_name, limits, render) => {
    const meter = createMeter(limits)
    meter.measure("a", render)
    meter.measure("b", render)
    expect(() => meter.measure("variables.v", render)).toThrow(refused)
    meter.restart()
    expect(meter.measure("variables.v", render)).toBe(render())
  })

  it("counts what fails", () => {
    const meter = createMeter({ cpuSeconds: 0.01, characters: 10 })
    const failing = () => {
      burn(0.02)
      throw new Error("as templates do")
    }
    expect(() => meter.measure("a", failing)).toThrow("as templates do")
    expect(() => meter.measure("variables.v", failing)).toThrow(refused)
  })
})
