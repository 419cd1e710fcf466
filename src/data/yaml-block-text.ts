/**
 * The text below a `|` or `>`, where it takes no second thought.
 * @param start where the `|` or `>` stands
 * @param column of the key or dash that it belongs to
 * @param most how many lines it may have
 * @returns the text, how many lines it takes, and where the line behind it begins; undefined if it is empty, has more
 *   lines, or if all its line breaks at the end are to be kept
 */
export function blockText(source: string, start: number, column: number, most: number): BlockText | undefined {
  const first = source.indexOf("\n", start) + 1
  const [, style, digit, strip] = HEADER.exec(source.slice(start, first)) ?? []
  if (!style) return undefined
  const indent = digit ? column + Number(digit) : indentationAt(source, first)
  if (indent <= column) return undefined
  const margin = " ".repeat(indent)
  const lines: string[] = []
  let end = first
  while (source.startsWith(margin, end) || source[end] === "\n") {
    if (lines.length >= most) return undefined
    const next = source.indexOf("\n", end)
    const lineEnd = next < 0 ? source.length : next
    lines.push(source.slice(end + indent, lineEnd))
    end = lineEnd + 1
  }
  const count = lines.length
  while (lines.at(-1) === "") lines.pop()
  if (lines.length === 0) return undefined
  const body = lines.join("\n")
  // PyYAML adds no line break that the text lacks.
  const isEnded = !strip && end <= source.length
  return { text: (style === ">" ? fold(body) : body) + (isEnded ? "\n" : ""), lines: count, end }
}

interface BlockText {
  readonly text: string
  readonly lines: number
  readonly end: number
}

const HEADER = /^([|>])([1-9]?)(-?) *(?: #.*)?\n$/

/** Spaces before the first line that holds something; 0 if that is not plain to see. */
function indentationAt(source: string, start: number): number {
  const [, spaces = "", first] = /^\n*( *)([^\t\n ])/.exec(source.slice(start)) ?? []
  return first ? spaces.length : 0
}

/** One line break is a space, and of several one is left out; none is, beside a line that begins further in. */
const fold = (text: string) =>
  text.replace(/^([^ \t\n].*)\n(\n*)(?=[^ \t\n])/gm, (_, line, more) => line + (more || " "))
