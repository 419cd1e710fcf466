/**
 * `to_nice_yaml`: PyYAML's dump in block style, for what templates hold beyond plain data: tuples, keys of any type,
 * and one list or dict at several places.
 */

import { dumpText } from "../../data/yaml-dump-text.js"
import { type TextWriter, YamlOutput } from "../../data/yaml-output.js"
import { yamlFloat } from "../../data/yaml-writer.js"
import { GroupPair, Namespace, PyDict, PyList, PyTuple } from "../containers.js"
import { JinjaError, recursionError, typeError, valueError } from "../errors.js"
import { isTrue } from "../iterate.js"
import { MAX_DATA_DEPTH } from "../limits.js"
import { intText, repr } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { define } from "../signature.js"
import { sortItems } from "../sort.js"
import { isInt, Markup, type Py, type PyObject, PyRange, toInt, typeName, Undefined } from "../values.js"

interface Dump {
  readonly rt: Runtime
  readonly output: YamlOutput
  readonly writeText: TextWriter
  readonly step: number
  readonly sortKeys: boolean
  /** How often each container stands in the value, and the name of those met before. */
  readonly seen: Map<PyObject, number>
  readonly anchors: Map<PyObject, string>
}
interface Place {
  /** Where the parent's lines begin. */
  readonly indent: number
  readonly inMap: boolean
}

export const YAML_FILTERS = {
  to_nice_yaml: define(
    "to_nice_yaml value default_flow_style= sort_keys= indent=",
    (rt, value: Py, _flow: Py = false, sortKeys: Py = false, indent: Py = 2n) =>
      dump(rt, value, isTrue(sortKeys), isInt(indent) ? Number(toInt(indent)) : 2),
  ),
}

function dump(rt: Runtime, value: Py, sortKeys: boolean, indent: number): string {
  const state: Dump = {
    rt,
    output: new YamlOutput(),
    writeText: dumpText({ width: 80, allowUnicode: false }),
    step: indent > 1 && indent < 10 ? indent : 2,
    sortKeys,
    seen: new Map(),
    anchors: new Map(),
  }
  rt.tick(32)
  countContainers(state, value, 0)
  node(state, value, undefined)
  const { text } = state.output
  rt.text(text.length)
  return `${text}\n${endsOpen(value, text) ? "...\n" : ""}`
}

/** What PyYAML writes as a mapping or a sequence: ranges and marked texts as what makes them anew. */
type Container = PyDict | PyList | PyTuple | PyRange | Markup

const isContainer = (value: Py): value is Container =>
  value instanceof PyDict ||
  value instanceof PyList ||
  value instanceof PyTuple ||
  value instanceof PyRange ||
  value instanceof Markup

/** The tag of what is no plain YAML. */
function tagOf(value: Container): string | undefined {
  if (value instanceof Markup) return "!!python/object/new:markupsafe.Markup"
  if (value instanceof PyRange) return "!!python/object/apply:builtins.range"
  if (value instanceof GroupPair) return "!!python/object/new:jinja2.filters._GroupTuple"
  return value instanceof PyTuple ? "!!python/tuple" : undefined
}

/** PyYAML marks the end of a document that is one scalar without quotes. */
const endsOpen = (value: Py, text: string) => !(isContainer(value) || /^['"!]/.test(text))

function countContainers(state: Dump, value: Py, depth: number): void {
  if (!isContainer(value) || value instanceof Markup) return
  if (depth > MAX_DATA_DEPTH) throw recursionError("maximum recursion depth exceeded")
  state.rt.tick()
  const times = (state.seen.get(value) ?? 0) + 1
  // The empty tuple is one and the same object in Python, and PyYAML never names it.
  if (value instanceof PyTuple && value.items.length === 0) return
  state.seen.set(value, times)
  if (times > 1) return
  for (const child of childrenOf(state, value)) countContainers(state, child, depth + 1)
}

const childrenOf = (state: Dump, value: Exclude<Container, Markup>): readonly Py[] =>
  value instanceof PyDict ? value.entries(state.rt).flatMap(([, key, item]) => [key, item]) : itemsOf(state, value)

function itemsOf({ rt }: Dump, value: Exclude<Container, PyDict>): readonly Py[] {
  if (value instanceof Markup) return [value.text]
  if (value instanceof PyRange) return [value.start, value.stop, value.step]
  return value instanceof PyList ? value.items(rt) : value.items
}

/** @param place where it stands; undefined at the root */
function node(state: Dump, value: Py, place: Place | undefined): void {
  if (isContainer(value)) container(state, value, place)
  else scalar(state, value, (place?.indent ?? 0) + state.step, false)
}

function container(state: Dump, value: Container, place: Place | undefined): void {
  const { output } = state
  const known = state.anchors.get(value)
  if (known !== undefined) {
    output.token(`*${known}`)
    return
  }
  const named = (state.seen.get(value) ?? 0) > 1
  if (named) {
    const name = `id${String(state.anchors.size + 1).padStart(3, "0")}`
    state.anchors.set(value, name)
    output.token(`&${name}`)
  }
  const tag = tagOf(value)
  if (tag !== undefined) output.token(tag)
  const isTagged = named || tag !== undefined
  const sameLine = place === undefined ? !isTagged : !place.inMap && !isTagged
  const indent = place === undefined ? 0 : place.indent + state.step
  if (value instanceof PyDict) {
    mapping(state, value, indent, sameLine)
    return
  }
  const items = itemsOf(state, value)
  if (items.length === 0) output.token("[]")
  else sequence(state, items, place?.inMap ? place.indent : indent, sameLine)
}

function sequence(state: Dump, items: readonly Py[], indent: number, sameLine: boolean): void {
  items.forEach((item, i) => {
    begin(state, indent, sameLine && i === 0)
    state.output.token("-")
    node(state, item, { indent, inMap: false })
  })
}

function mapping(state: Dump, dict: PyDict, indent: number, sameLine: boolean): void {
  const { output } = state
  if (dict.size === 0) output.token("{}")
  entriesOf(state, dict).forEach(([key, value], i) => {
    begin(state, indent, sameLine && i === 0)
    const simple = isSimple(key)
    if (!simple) output.token("?")
    if (simple) scalar(state, key, indent + state.step, true)
    else node(state, key, { indent, inMap: false })
    if (!simple) output.newline(indent)
    if (simple) output.append(":")
    else output.token(":")
    node(state, value, { indent, inMap: simple })
  })
}

function begin({ output }: Dump, indent: number, sameLine: boolean): void {
  if (sameLine) output.pad(indent)
  else output.newline(indent)
}

/** PyYAML sorts where it can and keeps the order where two keys have none. */
function entriesOf({ rt, sortKeys }: Dump, dict: PyDict): Array<readonly [Py, Py]> {
  const entries = dict.entries(rt).map(([, key, value]) => [key, value] as const)
  if (!sortKeys) return entries
  try {
    const order = sortItems(
      rt,
      entries.map((_, i) => i),
      (i) => entries[i as number]?.[0] ?? null,
    )
    return order.map((i) => entries[i as number] as readonly [Py, Py])
  } catch (error) {
    if (error instanceof JinjaError && error.pythonClass === "TypeError") return entries
    throw error
  }
}

function isSimple(key: Py): boolean {
  if (isContainer(key)) return false
  return (
    typeof key !== "string" || (key !== "" && [...key.slice(0, 260)].length < 128 && !/[\n\x85\u2028\u2029]/.test(key))
  )
}

function scalar({ rt, output, writeText }: Dump, value: Py, indent: number, isKey: boolean): void {
  if (typeof value === "string") {
    rt.text(value.length)
    writeText(output, value, { indent, inFlow: false, isKey })
  } else output.token(scalarText(rt, value))
}

function scalarText(rt: Runtime, value: Py): string {
  if (value === null) return "null"
  if (typeof value === "boolean") return value ? "true" : "false"
  if (typeof value === "bigint") return intText(value)
  if (typeof value !== "number") throw unrepresentable(rt, value)
  if (Number.isFinite(value)) return yamlFloat(value)
  return repr(rt, value).replace(/^(-?)/, "$1.")
}

/** What PyYAML says depends on how far it gets in taking the object apart. */
function unrepresentable(rt: Runtime, value: Py): JinjaError {
  if (value instanceof Namespace)
    return new JinjaError("RepresenterError", `('cannot represent an object', ${repr(rt, value)})`)
  if (value instanceof Undefined || typeName(value) === "LoopContext")
    return valueError("dictionary update sequence element #0 has length 1; 2 is required")
  return typeError(`cannot pickle '${typeName(value)}' object`)
}
