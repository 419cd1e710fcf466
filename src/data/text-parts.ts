/** So many parts are joined at a time. */
const BLOCK = 4096

/**
 * A long text that is put together from many short ones. Added to a string they would all live until its end, each with
 * a node beside it: a multiple of the text's own size.
 */
export class TextParts {
  private parts: string[] = []
  private readonly blocks: string[] = []

  add(part: string): void {
    if (this.parts.push(part) === BLOCK) this.join()
  }

  toString(): string {
    this.join()
    return this.blocks.join("")
  }

  private join(): void {
    this.blocks.push(this.parts.join(""))
    this.parts = []
  }
}
