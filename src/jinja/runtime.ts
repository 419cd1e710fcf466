/** The state of one render: where it is, what it has written, what it has used of its bounds. */
import { isList, isMap, type Value, type ValueMap } from "../data/value.js"
import { PyDict, PyList } from "./containers.js"
import { limitError, recursionError } from "./errors.js"
import { DEFAULT_LIMITS, type Limits } from "./limits.js"
import { Markup, type Py, PyBytes } from "./values.js"

const TIME_CHECK_STEPS = 4096

export class Runtime {
  /** Offset of what is being evaluated, for error messages. */
  at = 0
  /** What was written since the innermost capture began. */
  out = ""
  /** Whether filters shall escape, as set by `{% autoescape %}`. */
  autoescape = false
  readonly limits: Limits
  private steps = 0
  private nextCheck: number
  private readonly started = performance.now()
  private depth = 0
  private readonly wrapped = new Map<object, PyList | PyDict>()

  constructor(limits: Limits = DEFAULT_LIMITS) {
    this.limits = limits
    this.nextCheck = Math.min(limits.steps, TIME_CHECK_STEPS)
  }

  /** Counts work. */
  tick(steps = 1): void {
    this.steps += steps
    if (this.steps > this.nextCheck) this.checkWork()
  }

  private checkWork(): void {
    const { steps, time } = this.limits
    if (this.steps > steps) throw limitError(`the template takes more than ${steps} steps`)
    if (performance.now() - this.started > time) throw limitError(`the template takes more than ${time} ms`)
    this.nextCheck = Math.min(steps, this.steps + TIME_CHECK_STEPS)
  }

  /** Accounts for a string about to be built. */
  text(length: number): void {
    if (length > this.limits.text)
      throw limitError(`the template builds a text of more than ${this.limits.text} characters`)
    if (length > 16) this.tick(length >>> 4)
  }

  /** Accounts for a value about to be read, which may be a long text. */
  read(value: Py): void {
    if (typeof value === "string") {
      if (value.length > 63) this.tick(value.length >>> 4)
    } else if (value instanceof Markup) this.read(value.text)
    else if (value instanceof PyBytes) this.tick(value.bytes.length >>> 2)
  }

  /**
   * Accounts for looking for one text in another. JavaScript's search takes the product of both lengths for texts made
   * for that, and cannot be interrupted.
   */
  search(text: string, needle: string): void {
    if (needle.length <= text.length) this.tick(Math.floor((text.length * needle.length) / 1024))
  }

  /** Accounts for a list about to be built. */
  items(length: number): void {
    if (length > this.limits.items)
      throw limitError(`the template builds a list of more than ${this.limits.items} items`)
    this.tick(length)
  }

  /** Writes to the result; the bound is looked at before, so the overshoot is one write. */
  write(text: string): void {
    if (this.out.length > this.limits.text) throw limitError(`the result is longer than ${this.limits.text} characters`)
    this.out += text
  }

  /** All that was written. Looking into it makes V8 put its pieces together, which take twenty times the memory. */
  result(): string {
    this.write("")
    this.out.charCodeAt(0)
    return this.out
  }

  /** Runs and gives back what it wrote. */
  capture(run: () => void): string {
    const outer = this.out
    this.out = ""
    run()
    const text = this.out
    this.out = outer
    this.text(text.length)
    return text
  }

  /** Runs one more level of native recursion; `levels` is how deep the code below nests by itself. */
  nested<T>(levels: number, run: () => T): T {
    this.depth += levels
    if (this.depth > this.limits.depth) throw recursionError("maximum recursion depth exceeded")
    const result = run()
    this.depth -= levels
    return result
  }

  /** Given data as a template sees it: the same container is always the same object, so that changes are seen everywhere. */
  wrap(value: Value): Py {
    if (typeof value !== "object" || value === null) return value
    const known = this.wrapped.get(value)
    if (known) return known
    const wrapper = isMap(value) ? PyDict.given(value) : PyList.given(isList(value) ? value : [])
    this.wrapped.set(value, wrapper)
    return wrapper
  }
}

export type Scope = ValueMap
