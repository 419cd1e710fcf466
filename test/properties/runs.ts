/** What property tests share. */
import { expect } from "vitest"
import { StateError } from "../../src/errors.js"

/** How many random examples a property is tried with: more in the long form of the tests. */
export const runs = (count: number) => ({
  numRuns: process.env.CICDSTATEMGR_TEST_LONG === "1" ? 20 * count : count,
})

/** What a function gives; undefined when it fails with an error of ours. Any other one fails the test. */
export function result<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    expect(error).toBeInstanceOf(StateError)
    return undefined
  }
}
