/**
 * Everything a template can fail with, as Python names it. Only this class leaves the engine.
 */
export interface ErrorPosition {
  /** As given to render or compile; `<template>` without a name, as Jinja2 says. */
  readonly templateName: string
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1, in code points. */
  readonly column: number
  /** The whole line of the template, to show with a caret under the column. */
  readonly sourceLine: string
}

export class JinjaError extends Error {
  override name = "JinjaError"
  /** The exception class that Jinja2 or Python would raise; `LimitError` for a bound of this engine. */
  readonly pythonClass: string
  templateName: string | undefined
  line: number | undefined
  column: number | undefined
  sourceLine: string | undefined
  /** Where in the template the failure lies, until the boundary turns it into line and column. */
  readonly offset: number | undefined

  /**
   * @param pythonClass e.g. `UndefinedError`, `TemplateSyntaxError`, `TypeError`
   * @param message worded as Jinja2 or Python words it
   */
  constructor(pythonClass: string, message: string, details: { offset?: number; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.pythonClass = pythonClass
    this.offset = details.offset
  }

  /** Fills in the place unless it is known already; gives the error itself back. */
  at(position: ErrorPosition): this {
    if (this.line !== undefined) return this
    this.templateName = position.templateName
    this.line = position.line
    this.column = position.column
    this.sourceLine = position.sourceLine
    return this
  }

  /**
   * The template's line and a caret under the place, for people; undefined as long as the place is unknown. A line that
   * is too long is not quoted at all: secrets are masked later, and a part of one could not be.
   */
  get excerpt(): string | undefined {
    if (this.sourceLine === undefined || this.column === undefined) return undefined
    if (this.sourceLine.length > MAX_SHOWN_LINE) return `(column ${this.column} of a line that is too long to be shown)`
    // Tabs are kept so that the caret stands right however wide the terminal shows them.
    const indent = [...this.sourceLine].slice(0, this.column - 1).map((char) => (char === "\t" ? "\t" : " "))
    return `${this.sourceLine}\n${indent.join("")}^`
  }
}

/** In UTF-16 units. */
const MAX_SHOWN_LINE = 1000

const raiser = (pythonClass: string) => (message: string) => new JinjaError(pythonClass, message)

export const typeError = raiser("TypeError")
export const valueError = raiser("ValueError")
export const attributeError = raiser("AttributeError")
export const keyError = raiser("KeyError")
export const indexError = raiser("IndexError")
export const zeroDivisionError = raiser("ZeroDivisionError")
export const overflowError = raiser("OverflowError")
export const undefinedError = raiser("UndefinedError")
export const runtimeError = raiser("TemplateRuntimeError")
export const filterArgumentError = raiser("FilterArgumentError")
export const recursionError = raiser("RecursionError")
/** A bound of this engine is exceeded. */
export const limitError = raiser("LimitError")

export const syntaxError = (message: string, offset: number) =>
  new JinjaError("TemplateSyntaxError", message, { offset })
export const assertionError = (message: string, offset: number) =>
  new JinjaError("TemplateAssertionError", message, { offset })

/** Line, column and text of the line that an offset falls into. */
export function positionIn(source: string, offset: number, templateName: string): ErrorPosition {
  const at = Math.max(0, Math.min(offset, source.length))
  const start = source.lastIndexOf("\n", at - 1) + 1
  const end = source.indexOf("\n", at)
  let line = 1
  for (let i = source.indexOf("\n"); i >= 0 && i < start; i = source.indexOf("\n", i + 1)) line++
  const sourceLine = source.slice(start, end < 0 ? undefined : end)
  return { templateName, line, column: [...source.slice(start, at)].length + 1, sourceLine }
}
