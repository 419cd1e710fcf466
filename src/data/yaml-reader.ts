/**
 * Any YAML text to Value, as PyYAML's FullLoader reads it. The yaml package finds the structure; what a scalar, a tag, a
 * key, an alias or a merge means is decided here. Loading the package costs start-up time: import this module lazily.
 */
import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  Parser,
  type Scalar,
} from "yaml"
import { DataError, DataLimitError, positionAt } from "./data-error.js"
import { isList as isValueList, isMap as isValueMap, MAX_DEPTH, type Value, type ValueMap } from "./value.js"
import { lex, TOO_DEEP } from "./yaml-lexer.js"
import { keyText, readBool, readFloat, readInt, resolvePlain } from "./yaml-scalar.js"

/**
 * Reads one YAML 1.1 document; empty text is null. Unlike PyYAML: dates stay text, and so do a plain `=` and a plain
 * `<<` that is no key; keys become text as Python's json writes them; refused are tags for what a Value cannot hold
 * (`!!set`, `!!omap`, `!!pairs`, `!!binary`, `!!python/...`, unknown ones) and values that hold themselves.
 * @param options maxParts: how many parts (scalars, marks, line ends, also within scalars, ...) there may be; default: any number
 * @throws DataError with line and column
 */
export function parseYaml(text: string, { maxParts = Number.POSITIVE_INFINITY } = {}): Value {
  const source = text.replace(LINE_BREAKS, "\n")
  const odd = source.search(NOT_PRINTABLE)
  if (odd >= 0) throw new DataError("a character that YAML takes only as an escape", positionAt(source, odd))
  const [document, second] = new Composer(OPTIONS).compose(tokens(source, maxParts), true, source.length)
  const error = document?.errors[0]
  if (error) {
    const problem = error.code === "RESOURCE_EXHAUSTION" ? TOO_DEEP : error.message
    throw new DataError(shortened(problem), positionAt(source, error.pos[0]))
  }
  if (second) throw new DataError("expected a single document", positionAt(source, second.range[0]))
  return new Reader(source).read(document?.contents ?? null)
}

const LINE_BREAKS = /\r\n?|\u0085/g
const NOT_PRINTABLE = /[^\t\n -~\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const OPTIONS = {
  version: "1.1",
  schema: "failsafe",
  resolveKnownTags: false,
  // PyYAML takes a comment right behind a closing quote and keys of any length in `? ` form; the last of two keys wins.
  strict: false,
  uniqueKeys: false,
  keepSourceTokens: true,
  merge: false,
  prettyErrors: false,
  logLevel: "silent",
} as const

function* tokens(text: string, most: number): Generator<CST.Token> {
  const parser = new Parser()
  for (const lexeme of lex(text, most)) yield* parser.next(lexeme)
  yield* parser.end()
}

/** How much the aliases of one text may add, in scalars and characters of text: a bomb of a few lines adds billions. */
const MAX_COPIED = 10_000_000

interface Anchored {
  readonly value: Value
  /** Scalars and characters in it. */
  readonly size: number
  /** Levels of nesting in it. */
  readonly height: number
}

class Reader {
  /** Undefined while the anchored value is being read. */
  private readonly anchors = new Map<string, Anchored | undefined>()
  private size = 0
  private copied = 0
  private deepest = 0
  constructor(private readonly text: string) {}

  read(node: ParsedNode | null, depth = 0): Value {
    if (!node) return null
    if (isAlias(node)) return this.copy(node, node.source, depth)
    return node.anchor ? this.anchored(node, node.anchor, depth) : this.content(node, depth)
  }

  private anchored(node: ParsedNode, name: string, depth: number): Value {
    if (this.anchors.has(name)) this.fail(`the anchor "${name}" is defined twice`, node)
    this.anchors.set(name, undefined)
    const { size, deepest } = this
    this.deepest = depth
    const value = this.content(node, depth)
    this.anchors.set(name, { value, size: this.size - size, height: this.deepest - depth })
    this.deepest = Math.max(deepest, this.deepest)
    return value
  }

  /** The value of an alias. Values are never changed in place, so sharing it is as good as a copy. */
  private copy(node: ParsedNode, name: string, depth: number): Value {
    if (!this.anchors.has(name)) this.fail(`the alias "${name}" stands before its anchor, or has none`, node)
    const anchored = this.anchors.get(name)
    if (!anchored) this.fail(`the alias "${name}" stands within the value it repeats`, node)
    this.descend(node, depth + anchored.height)
    this.size += anchored.size
    this.copied += anchored.size
    if (this.copied > MAX_COPIED) {
      const problem = "the aliases repeat too much: written out, the text would be huge"
      throw new DataLimitError(problem, positionAt(this.text, node.range[0]))
    }
    return anchored.value
  }

  /** @param levels how deep the nesting gets with the node */
  private descend(node: ParsedNode, levels: number): void {
    if (levels > MAX_DEPTH) this.fail(TOO_DEEP, node)
    this.deepest = Math.max(this.deepest, levels)
    this.size++
  }

  private content(node: ParsedNode, depth: number): Value {
    this.descend(node, isScalar(node) ? depth : depth + 1)
    if (isScalar(node)) return this.scalar(node)
    if (isMap(node) && isOf(node, "map")) return this.map(node.items, depth + 1)
    if (isSeq(node) && isOf(node, "seq")) return node.items.map((item) => this.read(item, depth + 1))
    return this.refuseTag(node)
  }

  private scalar(node: Scalar.Parsed): Value {
    const text = this.scalarText(node)
    this.size += text.length
    if (!node.tag && node.type !== "PLAIN") return text
    const resolve = node.tag ? SCALAR_TAGS.get(node.tag) : resolvePlain
    if (!resolve) return this.refuseTag(node)
    const value = resolve(text)
    if (value === undefined) this.fail(`${JSON.stringify(text)} is no ${node.tag ? shown(node.tag) : "number"}`, node)
    return value
  }

  /** PyYAML ends a block scalar where the text ends; the package adds the line break that is missing there. */
  private scalarText(node: Scalar.Parsed): string {
    const text = node.value as string
    const unended = node.type?.startsWith("BLOCK") && node.range[1] >= this.text.length && /[^\n ] *$/.test(this.text)
    return unended && text.endsWith("\n") ? text.slice(0, -1) : text
  }

  /** What is merged stands first and gives way to the map's own keys. */
  private map(items: readonly Pair<ParsedNode, ParsedNode | null>[], depth: number): ValueMap {
    const merged: Entry[][] = []
    const own: Entry[] = []
    for (const { key, value, srcToken } of items) {
      if (isEmpty(key) && !srcToken?.start.some(isQuestionMark)) this.fail('a ":" without a key before it', key)
      // The package drops a value that no ":" announces.
      if (srcToken?.value && !value) this.fail('a "? " key and no ":" before what follows', key)
      if (isMergeKey(key)) merged.push(this.merge(value ?? key, depth))
      else own.push([this.key(key, depth), this.read(value, depth)])
    }
    return new Map([...merged.flat(), ...own])
  }

  private key(node: ParsedNode, depth: number): string {
    const key = this.read(node, depth)
    if (!isValueList(key) && !isValueMap(key)) return keyText(key)
    return this.fail('a map or a list cannot be a key; a text that begins with "{" or "[" needs quotes', node)
  }

  /** Of several maps the first wins. */
  private merge(node: ParsedNode, depth: number): Entry[] {
    const value = this.read(node, depth)
    const maps = isValueList(value) ? value.toReversed() : [value]
    return maps.flatMap((map) => (isValueMap(map) ? [...map] : this.fail("<< takes a map or a list of maps", node)))
  }

  private refuseTag(node: ParsedNode): never {
    this.fail(`the tag ${shown(node.tag ?? "")} cannot be read here`, node)
  }

  private fail(problem: string, node: ParsedNode): never {
    throw new DataError(shortened(problem), positionAt(this.text, node.range[0]))
  }
}

/** What a problem quotes may be as long as the whole text. It is left out then: part of a secret could not be masked. */
const shortened = (problem: string) =>
  problem.length > MAX_PROBLEM ? problem.replace(/".*"|\S{100,}/gs, "(a long text)") : problem
const MAX_PROBLEM = 300

type Entry = readonly [string, Value]

const isMergeKey = (key: ParsedNode) => isScalar(key) && key.type === "PLAIN" && key.value === "<<" && !key.tag

const isEmpty = (key: ParsedNode) =>
  isScalar(key) && key.type === "PLAIN" && key.source === "" && !key.tag && !key.anchor
const isQuestionMark = (token: CST.SourceToken) => token.type === "explicit-key-ind"

const TAG = "tag:yaml.org,2002:"
const isOf = (node: ParsedNode, name: string) => !node.tag || node.tag === TAG + name
const shown = (tag: string) => (tag.startsWith(TAG) ? `!!${tag.slice(TAG.length)}` : tag)

const asText = (text: string) => text
/** What a tag makes of a scalar, undefined if it cannot. PyYAML makes null of any text. */
const SCALAR_TAGS: ReadonlyMap<string, (text: string) => Value | undefined> = new Map([
  ["!", resolvePlain],
  [`${TAG}str`, asText],
  [`${TAG}timestamp`, asText],
  [`${TAG}int`, readInt],
  [`${TAG}float`, readFloat],
  [`${TAG}bool`, readBool],
  [`${TAG}null`, () => null],
])
