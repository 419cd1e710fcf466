/** Slips in the keys of a block, where any key is allowed, for templates to see it: one that is nearly a known one. */
import type { ValueMap } from "../../data/value.js"
import { didYouMean } from "../did-you-mean.js"

/**
 * One text for each key that is nearly a known one which the block lacks.
 * @param place of the block
 */
export function slipsIn(block: ValueMap, known: readonly string[], place: string): readonly string[] {
  const missing = known.filter((key) => !block.has(key))
  return [...block.keys()].flatMap((key) => {
    const meant = known.includes(key) ? undefined : missing.find((name) => isNear(key, name))
    return meant === undefined ? [] : [`"${place}.${key}" means nothing to this tool; did you mean "${meant}"?`]
  })
}

/** Closer than elsewhere: what is taken for a slip may be meant, and short words are all alike. */
const isNear = (key: string, name: string) => didYouMean(key, [name], furthestFrom(name.length)) !== ""

const furthestFrom = (length: number) => (length < 4 ? 0 : length < 6 ? 1 : Math.max(2, Math.floor(length / 4)))
