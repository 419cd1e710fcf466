/** Python's stable sort, by `<` alone. */
import { ordered } from "./compare.js"
import type { Runtime } from "./runtime.js"
import type { Py } from "./values.js"

/**
 * @param key what to sort by; the item itself without it
 * @throws JinjaError TypeError where two keys have no order
 */
export function sortItems(rt: Runtime, items: readonly Py[], key?: (item: Py) => Py, reverse = false): Py[] {
  rt.items(items.length)
  const keyed = items.map((item) => ({ item, key: key ? key(item) : item }))
  // Equal ones keep their order in both directions.
  keyed.sort((a, b) => {
    rt.tick()
    const [x, y] = reverse ? [b.key, a.key] : [a.key, b.key]
    return ordered(rt, "<", x, y) ? -1 : ordered(rt, "<", y, x) ? 1 : 0
  })
  return keyed.map(({ item }) => item)
}
