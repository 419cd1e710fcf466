/** `text.format(...)`: replacement fields with attribute and item access over own data. */
import { getAttribute, pythonAttribute, pythonItem } from "../access.js"
import { PyDict, PyList, PyTuple } from "../containers.js"
import { attributeError, indexError, JinjaError, typeError, valueError } from "../errors.js"
import { lengthOf } from "../iterate.js"
import { asciiRepr, repr, toText } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { type Kwargs, type Py, typeName, Undefined } from "../values.js"
import { formatValue } from "./spec.js"

interface Values {
  /** Undefined where fields must be named. */
  readonly args: readonly Py[] | undefined
  /** Undefined where Python has no such key. */
  readonly named: (name: string) => Py | undefined
  /** The next number of a field without one; -1 once fields are numbered by hand. */
  counter: number
}

/** @throws JinjaError ValueError, KeyError, IndexError or TypeError */
export function strFormat(rt: Runtime, text: string, args: readonly Py[], kwargs: Kwargs): string {
  return render(rt, text, { args, named: (name) => kwargs.get(name), counter: 0 }, 2)
}

/** `text.format_map(mapping)`. */
export function strFormatMap(rt: Runtime, text: string, mapping: Py): string {
  return render(rt, text, { args: undefined, named: (name) => pythonItem(rt, mapping, name), counter: 0 }, 2)
}

function render(rt: Runtime, text: string, values: Values, depth: number): string {
  if (depth < 0) throw valueError("Max string recursion exceeded")
  rt.read(text)
  let result = ""
  for (let at = 0; at < text.length; ) {
    const brace = nextBrace(text, at)
    result += text.slice(at, brace)
    if (brace === text.length) break
    if (text[brace] === text[brace + 1]) {
      result += text[brace]
      at = brace + 2
      continue
    }
    if (text[brace] === "}") throw valueError("Single '}' encountered in format string")
    const end = fieldEnd(text, brace + 1)
    result += field(rt, text.slice(brace + 1, end), values, depth)
    rt.text(result.length)
    rt.tick()
    at = end + 1
  }
  return result
}

function nextBrace(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === "{" || text[at] === "}") return at
  return text.length
}

function fieldEnd(text: string, from: number): number {
  if (from >= text.length) throw valueError("Single '{' encountered in format string")
  let depth = 1
  let inBrackets = false
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (char === "[" && depth === 1) inBrackets = true
    else if (char === "]") inBrackets = false
    else if (inBrackets) continue
    else if (char === "{") depth++
    else if (char === "}" && --depth === 0) return at
  }
  throw valueError("expected '}' before end of string")
}

const FIELD = /^([^:![]*(?:\[[^\]]*\]?[^:![]*)*)(?:!([^:]*))?(?::(.*))?$/s

function field(rt: Runtime, body: string, values: Values, depth: number): string {
  const [, name = "", conversion, spec = ""] = FIELD.exec(body) ?? []
  const value = lookUp(rt, name, values)
  const converted = conversion === undefined ? value : convert(rt, value, conversion)
  return formatValue(
    rt,
    converted,
    spec.includes("{") || spec.includes("}") ? render(rt, spec, values, depth - 1) : spec,
  )
}

function convert(rt: Runtime, value: Py, conversion: string): Py {
  if (conversion === "r") return repr(rt, value)
  if (conversion === "a") return asciiRepr(rt, value)
  if (conversion === "s") return toText(rt, value)
  if (conversion === "") throw valueError("end of string while looking for conversion specifier")
  if (conversion.length > 1) throw valueError("expected ':' after conversion specifier")
  throw valueError(`Unknown conversion specifier '${conversion}'`)
}

function lookUp(rt: Runtime, name: string, values: Values): Py {
  const [, first = "", path = ""] = /^([^.[]*)(.*)$/s.exec(name) ?? []
  let value = firstValue(rt, first, values)
  for (let rest = path; rest !== ""; ) {
    const step = /^(?:\.([^.[]*)|\[([^\]]*)\])/s.exec(rest)
    if (!step)
      throw valueError(
        rest.startsWith("[")
          ? "Missing ']' in format string"
          : "Only '.' or '[' may follow ']' in format field specifier",
      )
    if (step[1] === "" || step[2] === "") throw valueError("Empty attribute in format string")
    value = step[1] !== undefined ? attributeOf(rt, value, step[1]) : itemOf(rt, value, step[2] ?? "")
    rest = rest.slice(step[0].length)
  }
  return value
}

function firstValue(rt: Runtime, name: string, values: Values): Py {
  if (name === "" || /^\d+$/.test(name)) return positional(name, values)
  const value = values.named(name)
  if (value === undefined) throw new JinjaError("KeyError", repr(rt, name))
  return value
}

function positional(name: string, values: Values): Py {
  if (name === "" ? values.counter < 0 : values.counter > 0) {
    throw valueError(
      name === ""
        ? "cannot switch from manual field specification to automatic field numbering"
        : "cannot switch from automatic field numbering to manual field specification",
    )
  }
  const index = name === "" ? values.counter++ : Number(name)
  if (name !== "") values.counter = -1
  if (!values.args) throw valueError("Format string contains positional fields")
  const value = values.args[index]
  if (value === undefined) throw indexError(`Replacement index ${index} out of range for positional args tuple`)
  return value
}

function attributeOf(rt: Runtime, value: Py, name: string): Py {
  if (value instanceof Undefined) return getAttribute(rt, value, name)
  const attribute = pythonAttribute(rt, value, name)
  if (attribute === undefined) throw attributeError(`'${typeName(value)}' object has no attribute '${name}'`)
  return attribute
}

function itemOf(rt: Runtime, value: Py, name: string): Py {
  const key = /^\d+$/.test(name) ? BigInt(name.slice(0, 20)) : name
  const item = pythonItem(rt, value, key)
  if (item !== undefined) return item
  if (value instanceof PyDict) throw new JinjaError("KeyError", repr(rt, key))
  if (value instanceof PyList || value instanceof PyTuple || typeof value === "string") {
    if (typeof key === "bigint") throw indexError(`${typeName(value)} index out of range`)
    throw typeError(`${typeName(value)} indices must be integers or slices, not str`)
  }
  throw typeError(lengthOf(value) === undefined ? `'${typeName(value)}' object is not subscriptable` : "no such item")
}
