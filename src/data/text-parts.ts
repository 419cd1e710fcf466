/** Takes a long text in many short parts, in their order. */
export interface TextSink {
  add(part: string): void
  /** The text so far. */
  toString(): string
}

/** Parts are joined when they have so many characters together: longer texts live outside of V8's young generation. */
export const BLOCK = 32_768

/**
 * A text that is put together from parts. Added to a string they would all live until its end, each with a node beside
 * it: a multiple of the text's own size.
 */
export class TextParts implements TextSink {
  private parts: string[] = []
  private length = 0
  private readonly blocks: string[] = []

  add(part: string): void {
    this.parts.push(part)
    this.length += part.length
    if (this.length >= BLOCK) this.join()
  }

  toString(): string {
    this.join()
    return this.blocks.join("")
  }

  private join(): void {
    this.blocks.push(this.parts.join(""))
    this.parts = []
    this.length = 0
  }
}
