/** Text that is not the JSON or YAML it should be, or a value that a text form cannot hold. */
export class DataError extends Error {
  override name = "DataError"
  readonly line: number | undefined
  readonly column: number | undefined

  /**
   * @param message what is wrong, in one line
   * @param position where in the text, counted from 1; in code points of the line
   */
  constructor(message: string, position?: { line: number; column: number }) {
    super(message)
    this.line = position?.line
    this.column = position?.column
  }
}

/** Text that may be what it should be, but is beyond a bound. */
export class DataLimitError extends DataError {
  override name = "DataLimitError"
}

/** Line and column (from 1) of an offset into a text. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf("\n") + 1
  // Counted without lists of lines or characters: the text may be one long line.
  let line = 1
  for (let at = before.indexOf("\n"); at >= 0; at = before.indexOf("\n", at + 1)) line++
  let column = 1
  for (const _ of before.slice(lineStart)) column++
  return { line, column }
}
