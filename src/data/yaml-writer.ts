/**
 * Value to YAML text, laid out as PyYAML does it: a list stands at the level of its key, and what is inside a list item
 * or behind a `? ` begins on the same line. In which form a text is written is left to a {@link TextWriter}.
 */
import { floatRepr } from "./python.js"
import { TextParts, type TextSink } from "./text-parts.js"
import { isList, isMap, type Value, type ValueList, type ValueMap } from "./value.js"
import { dumpText } from "./yaml-dump-text.js"
import { codePoints, type TextWriter, YamlOutput } from "./yaml-output.js"
import { LINE_BREAK } from "./yaml-plain-text.js"
import { writePortableText } from "./yaml-portable-text.js"

/**
 * Reads back equal with YAML 1.1 and 1.2 loaders, for what either would take for something else is quoted. Order is
 * kept and no line folded.
 */
export interface PortableStyle {
  readonly portable: true
}

/** The arguments of PyYAML's yaml.dump, with its defaults. */
export interface DumpStyle {
  readonly portable?: false
  /** Spaces per level, 2 to 9; anything else is 2. */
  readonly indent?: number | undefined
  /** A line is folded at the first space behind this column; 80 unless it is more than two indents. */
  readonly width?: number | undefined
  /** Without it everything beyond ASCII is escaped. */
  readonly allowUnicode?: boolean | undefined
  /** By code points; default true. */
  readonly sortKeys?: boolean | undefined
  /** Everything within `{}` and `[]`. */
  readonly defaultFlowStyle?: boolean | undefined
}

export type YamlStyle = PortableStyle | DumpStyle

/**
 * Writes one document, the last line ended. With a {@link DumpStyle} it is byte for byte what PyYAML 6 gives, but
 * without aliases: what stands twice is written twice.
 */
export function writeYaml(value: Value, style: YamlStyle = {}): string {
  const parts = new TextParts()
  if (style.portable) addPortableYaml(parts, value)
  else addDump(parts, value, style)
  return parts.toString()
}

/** As {@link writeYaml} in the portable style, part by part. */
export function addPortableYaml(parts: TextSink, value: Value): void {
  emit(parts, value, { writeText: writePortableText, step: 2 })
  parts.add("\n")
}

function addDump(parts: TextParts, value: Value, style: DumpStyle): void {
  const indent = Math.trunc(style.indent ?? 2)
  const step = indent > 1 && indent < 10 ? indent : 2
  const width = style.width !== undefined && style.width > step * 2 ? style.width : 80
  const writeText = dumpText({ width, allowUnicode: style.allowUnicode ?? false })
  const flow = style.defaultFlowStyle ?? false
  emit(parts, value, { writeText, step, width, flow, sortKeys: style.sortKeys ?? true })
  parts.add(endsOpen(value, parts) ? "\n...\n" : "\n")
}

/** PyYAML marks the end of a document that is one scalar without quotes. */
const endsOpen = (value: Value, text: TextParts) => !isList(value) && !isMap(value) && !/^['"]/.test(text.toString())

interface Layout {
  readonly writeText: TextWriter
  /** Spaces per level. */
  readonly step: number
  readonly width?: number
  readonly flow?: boolean
  readonly sortKeys?: boolean
}

const emit = (parts: TextSink, value: Value, layout: Layout) => new Emitter(new YamlOutput(parts), layout).root(value)

class Emitter {
  private readonly step: number
  constructor(
    private readonly output: YamlOutput,
    private readonly layout: Layout,
  ) {
    this.step = layout.step
  }

  root(value: Value): void {
    if (!this.layout.flow && isList(value) && value.length > 0) this.list(value, 0, true)
    else if (!this.layout.flow && isMap(value) && value.size > 0) this.map(value, 0, true)
    else this.inline(value, this.step, false)
  }

  private list(list: ValueList, indent: number, sameLine: boolean): void {
    let first = sameLine
    for (const item of list) {
      this.begin(indent, first)
      first = false
      this.output.token("-")
      this.below(item, { indent, listIndent: indent + this.step, sameLine: true })
    }
  }

  private map(map: ValueMap, indent: number, sameLine: boolean): void {
    let first = sameLine
    for (const [key, value] of this.entries(map)) {
      this.begin(indent, first)
      first = false
      const simple = isSimpleKey(key)
      this.key(key, indent, simple)
      // Behind ": " a list can begin on the same line, and is indented then.
      this.below(value, { indent, listIndent: simple ? indent : indent + this.step, sameLine: !simple })
    }
  }

  private begin(indent: number, sameLine: boolean): void {
    if (sameLine) this.output.pad(indent)
    else this.output.newline(indent)
  }

  private key(key: string, indent: number, simple: boolean): void {
    if (!simple) this.output.token("?")
    this.layout.writeText(this.output, key, { indent: indent + this.step, inFlow: false, isKey: simple })
    if (simple) {
      this.output.append(":")
    } else {
      this.output.newline(indent)
      this.output.token(":")
    }
  }

  private below(value: Value, at: { indent: number; listIndent: number; sameLine: boolean }): void {
    if (isMap(value) && value.size > 0) this.map(value, at.indent + this.step, at.sameLine)
    else if (isList(value) && value.length > 0) this.list(value, at.listIndent, at.sameLine)
    else this.inline(value, at.indent + this.step, false)
  }

  /** A scalar, or a list or map in brackets. */
  private inline(value: Value, indent: number, inFlow: boolean): void {
    if (typeof value === "string") this.layout.writeText(this.output, value, { indent, inFlow, isKey: false })
    else if (isList(value)) this.flowList(value, indent)
    else if (isMap(value)) this.flowMap(value, indent)
    else this.output.token(scalarText(value))
  }

  private flowList(list: ValueList, indent: number): void {
    this.output.open("[")
    for (const [i, item] of list.entries()) {
      this.beginInFlow(i, indent)
      this.inline(item, indent + this.step, true)
    }
    this.output.append("]")
  }

  private flowMap(map: ValueMap, indent: number): void {
    this.output.open("{")
    let i = 0
    for (const [key, value] of this.entries(map)) {
      this.beginInFlow(i++, indent)
      const simple = isSimpleKey(key)
      if (!simple) this.output.token("?")
      this.layout.writeText(this.output, key, { indent: indent + this.step, inFlow: true, isKey: simple })
      if (simple) this.output.append(":")
      else {
        this.foldInFlow(indent)
        this.output.token(":")
      }
      this.inline(value, indent + this.step, true)
    }
    this.output.append("}")
  }

  private beginInFlow(i: number, indent: number): void {
    if (i > 0) this.output.append(",")
    this.foldInFlow(indent)
  }

  private foldInFlow(indent: number): void {
    if (this.output.column > (this.layout.width ?? Number.POSITIVE_INFINITY)) this.output.newline(indent)
  }

  private entries(map: ValueMap): Iterable<readonly [string, Value]> {
    return this.layout.sortKeys ? [...map].sort(([a], [b]) => compareCodePoints(a, b)) : map
  }
}

/**
 * PyYAML's rule: 128 characters at most, of which it counts 5 for a tag `!!str` that it does not write. Its scanner
 * takes 1024, escapes included.
 */
const isSimpleKey = (key: string) => key !== "" && codePoints(key) < 123 && !LINE_BREAK.test(key)

/** Python's order of texts; JavaScript's own is by UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1)
}

function scalarText(value: null | boolean | bigint | number): string {
  if (typeof value !== "number") return String(value)
  if (!Number.isFinite(value)) return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf"
  return yamlFloat(value)
}

/** As Python's repr, but with the point that YAML 1.1 wants before an exponent: `1.0e+16`. */
export const yamlFloat = (value: number) => floatRepr(value).replace(/^(-?\d+)e/, "$1.0e")
