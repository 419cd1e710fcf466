/**
 * `; did you mean "x"?` when one of the names is close; else nothing.
 * @param furthest edits that count as close; by the name's length unless given
 */
export function didYouMean(
  name: string,
  names: readonly string[],
  furthest = Math.max(2, Math.floor(name.length / 3)),
): string {
  // Others are further away by their length alone, and may be long enough to take minutes.
  const near = names.filter((known) => Math.abs(known.length - name.length) <= furthest && name.length <= MAX_LENGTH)
  const ranked = near.map((known) => ({ known, far: distance(name.toLowerCase(), known.toLowerCase()) }))
  const best = ranked.sort((a, b) => a.far - b.far)[0]
  return best && best.far <= furthest ? `; did you mean "${best.known}"?` : ""
}

const MAX_LENGTH = 100

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
