/**
 * What a template computes with. Scalars are JavaScript's own (bigint = int, number = float); everything else is one of
 * the classes here, which hold their data in fields that no template can name.
 */
import type { Runtime } from "./runtime.js"

export type Py = null | boolean | bigint | number | string | PyObject

/** Anything that is not a scalar. */
export abstract class PyObject {
  /** Python's `type(x).__name__`. */
  abstract readonly typeName: string
}

/** A string that is marked as safe HTML (MarkupSafe). */
export class Markup extends PyObject {
  readonly typeName = "Markup"
  readonly text: string

  constructor(text: string) {
    super()
    this.text = text
  }
}

/** What a missing variable, attribute or item is: prints as nothing and fails when used. */
export class Undefined extends PyObject {
  readonly typeName = "Undefined"
  /** What Jinja2 says when it is used. */
  readonly message: () => string

  constructor(message: () => string) {
    super()
    this.message = message
  }
}

export class PyRange extends PyObject {
  readonly typeName = "range"
  readonly start: bigint
  readonly stop: bigint
  readonly step: bigint
  readonly length: number

  constructor(start: bigint, stop: bigint, step: bigint) {
    super()
    this.start = start
    this.stop = stop
    this.step = step
    const span = step > 0n ? stop - start : start - stop
    const size = step > 0n ? step : -step
    this.length = span <= 0n ? 0 : Number((span - 1n) / size + 1n)
  }

  at(index: number): bigint {
    return this.start + BigInt(index) * this.step
  }
}

export class PySlice extends PyObject {
  readonly typeName = "slice"
  readonly start: Py
  readonly stop: Py
  readonly step: Py

  constructor(start: Py, stop: Py, step: Py) {
    super()
    this.start = start
    this.stop = stop
    this.step = step
  }
}

/** Gives the next item with each call, undefined at the end. */
export type Cursor = () => Py | undefined

/** Something that is walked once: what the lazy filters give. */
export class PyIterator extends PyObject {
  readonly typeName: string
  /** What Python's repr calls it, e.g. `generator object sync_do_unique`. */
  readonly title: string
  readonly next: Cursor

  constructor(next: Cursor, title: string, typeName = "generator") {
    super()
    this.next = next
    this.title = title
    this.typeName = typeName
  }
}

/** A generator as a Cursor. */
export function cursorOf(source: Iterator<Py>): Cursor {
  return () => {
    const next = source.next()
    return next.done ? undefined : next.value
  }
}

export type Kwargs = ReadonlyMap<string, Py>
export const NO_KWARGS: Kwargs = new Map()

/** Something a template can call. */
export class PyFunction extends PyObject {
  readonly typeName: string
  readonly name: string
  /** What it prints as. */
  readonly title: string
  readonly call: (rt: Runtime, args: readonly Py[], kwargs: Kwargs) => Py

  constructor(name: string, title: string, call: PyFunction["call"], typeName = "function") {
    super()
    this.name = name
    this.title = title
    this.call = call
    this.typeName = typeName
  }
}

export class PyBytes extends PyObject {
  readonly typeName = "bytes"
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    super()
    this.bytes = bytes
  }
}

/** A complex number, which a negative float to a broken power gives. */
export class PyComplex extends PyObject {
  readonly typeName = "complex"
  readonly real: number
  readonly imag: number

  constructor(real: number, imag: number) {
    super()
    this.real = real
    this.imag = imag
  }
}

/** An object whose attributes are listed by its maker: the loop, a macro, a cycler. */
export class PyNative extends PyObject {
  readonly typeName: string
  /** What it prints as. */
  readonly show: () => string
  readonly attribute: (name: string) => Py | undefined
  readonly call: PyFunction["call"] | undefined
  /** Where it can be walked. */
  readonly next: Cursor | undefined

  constructor(
    typeName: string,
    show: () => string,
    parts: { attribute?: PyNative["attribute"]; call?: PyFunction["call"]; next?: Cursor },
  ) {
    super()
    this.typeName = typeName
    this.show = show
    this.attribute = parts.attribute ?? (() => undefined)
    this.call = parts.call
    this.next = parts.next
  }
}

/** A method that a {@link PyNative} hands out. */
export const boundMethod = (owner: PyNative, name: string, call: PyFunction["call"]): PyNative =>
  new PyNative("method", () => `<bound method ${owner.typeName}.${name} of ${owner.show()}>`, { call })

/** The value, or what else there is where it is missing; None is a value. */
export const orElse = (value: Py | undefined, fallback: () => Py): Py => (value === undefined ? fallback() : value)

export const isInt = (value: Py): value is bigint | boolean => typeof value === "bigint" || typeof value === "boolean"
export const isNumber = (value: Py): value is bigint | boolean | number => isInt(value) || typeof value === "number"
export const isText = (value: Py): value is string | Markup => typeof value === "string" || value instanceof Markup
/** The text of a string, marked or not. */
export const textOf = (value: string | Markup): string => (typeof value === "string" ? value : value.text)
export const toInt = (value: bigint | boolean): bigint => (typeof value === "boolean" ? (value ? 1n : 0n) : value)

/** Python's `type(x).__name__`. */
export function typeName(value: Py): string {
  switch (typeof value) {
    case "string":
      return "str"
    case "boolean":
      return "bool"
    case "bigint":
      return "int"
    case "number":
      return "float"
  }
  return value === null ? "NoneType" : value.typeName
}
