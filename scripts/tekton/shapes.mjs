/** Shapes: which fields a value may have. A map of shapes by field, a list of one shape, or one of the two symbols. */

export const ANY = Symbol("any")
/** A record whose keys are free: names of labels, keys of data. */
export const FREE = Symbol("free")

/** Fields that may hold anything. @param {...string} names */
export const any = (...names) => Object.fromEntries(names.map((name) => [name, ANY]))

/**
 * Reports fields that are not there, and what should be a list or a map.
 * @param {any} value
 * @param {any} shape
 * @param {(string | number)[]} path
 * @param {(path: (string | number)[], message: string) => void} report
 */
export function compare(value, shape, path, report) {
  if (shape === ANY || value === null || value === undefined) return
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) report(path, "it must be a list")
    else for (const [i, item] of value.entries()) compare(item, shape[0], [...path, i], report)
    return
  }
  if (typeof value !== "object" || Array.isArray(value)) return report(path, "it must be a map")
  if (shape === FREE) return
  for (const [key, item] of Object.entries(value)) {
    if (Object.hasOwn(shape, key)) compare(item, shape[key], [...path, key], report)
    else report([...path, key], "there is no such field here")
  }
}
