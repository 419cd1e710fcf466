/**
 * What all templates of one operation take together: the bounds of a single one do not keep an app file from having
 * thousands of them.
 */
import { StateError } from "../errors.js"

export interface RenderLimits {
  /** Of the process: other work on the machine does not count. */
  readonly cpuSeconds: number
  /** Of all results. */
  readonly characters: number
}

const LIMITS: RenderLimits = { cpuSeconds: 10, characters: 32 << 20 }

/** Adds up what rendering takes. */
export interface Meter {
  /** @throws StateError LIMIT_EXCEEDED when all before it has taken too much */
  measure(name: string, render: () => string): string
  /** Another operation begins. */
  restart(): void
}

/** @param limits of one operation */
export function createMeter(limits = LIMITS): Meter {
  let [cpuSeconds, characters] = [0, 0]
  return {
    measure(name, render) {
      if (cpuSeconds > limits.cpuSeconds || characters > limits.characters) throw tooMuchBefore(name)
      const before = process.cpuUsage()
      try {
        const text = render()
        characters += text.length
        return text
      } finally {
        const { user, system } = process.cpuUsage(before)
        cpuSeconds += (user + system) / 1e6
      }
    },
    restart() {
      ;[cpuSeconds, characters] = [0, 0]
    },
  }
}

const tooMuchBefore = (name: string) =>
  new StateError("LIMIT_EXCEEDED", `Cannot render the template ${name}: those before it have taken too much`, {
    hint: "Let the templates do less, or be fewer.",
  })
