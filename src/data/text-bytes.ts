import { BLOCK, type TextSink } from "./text-parts.js"

/** Bytes of a chunk, unless one block needs more. */
const CHUNK = 1_048_576

/**
 * A text as UTF-8, put together from parts, without the text as a string beside it. Cleared, it takes the next text in
 * the memory of the one before: what V8 does not hold itself it frees late.
 */
export class TextBytes implements TextSink {
  private parts: string[] = []
  private length = 0
  private readonly buffers: Buffer[] = []
  /** How many bytes of each buffer the text has; those behind are free. */
  private used: number[] = []

  add(part: string): void {
    this.parts.push(part)
    this.length += part.length
    if (this.length >= BLOCK) this.encode()
  }

  /** The bytes, in their order; they stand until the text is cleared or added to. */
  get chunks(): readonly Buffer[] {
    this.encode()
    return this.used.map((bytes, i) => this.buffers[i]!.subarray(0, bytes))
  }

  get byteLength(): number {
    this.encode()
    return this.used.reduce((sum, bytes) => sum + bytes, 0)
  }

  clear(): void {
    this.take()
    this.used = []
  }

  toString(): string {
    return Buffer.concat(this.chunks).toString()
  }

  private encode(): void {
    const block = this.take()
    if (block === "") return
    const bytes = Buffer.byteLength(block)
    const last = this.used.length - 1
    const hasRoom = last >= 0 && this.used[last]! + bytes <= this.buffers[last]!.length
    const at = hasRoom ? last : this.begin(bytes)
    this.used[at]! += this.buffers[at]!.write(block, this.used[at]!)
  }

  /** Begins a chunk that has room for so many bytes. */
  private begin(bytes: number): number {
    const at = this.used.push(0) - 1
    const known = this.buffers[at]
    if (!known || known.length < bytes) this.buffers[at] = Buffer.allocUnsafeSlow(Math.max(CHUNK, bytes))
    return at
  }

  private take(): string {
    const block = this.parts.join("")
    this.parts = []
    this.length = 0
    return block
  }
}
