/** A template's text to something that renders. */
import { compileBody } from "./compile-statement.js"
import { assertionError, JinjaError } from "./errors.js"
import { type BlockCode, type Context, entering, type Frame, newEnv, newScope, type Unit } from "./frame.js"
import { childrenOf } from "./node-children.js"
import type { Block, Node } from "./nodes.js"
import { parseTemplate } from "./parser.js"
import { ADDRESS } from "./repr.js"
import type { Runtime } from "./runtime.js"
import { analyseBody, findUndeclared, Symbols } from "./symbols.js"
import { Markup, type Py, PyNative, Undefined } from "./values.js"

export interface CompiledTemplate {
  readonly blocks: ReadonlyMap<string, BlockCode>
  readonly run: (rt: Runtime, context: Context) => void
  /** Whether white space right behind the template is taken by its last tag. */
  readonly stripsNext: boolean
}

export interface CompileOptions extends Pick<Unit, "source" | "base" | "filters" | "tests"> {
  /** Where in the source to begin. */
  readonly start?: number
  /** Names of blocks that are taken. */
  readonly blocks?: ReadonlyMap<string, BlockCode>
}

/** @throws JinjaError TemplateSyntaxError and its like, with the offset */
export function compileTemplate({ start, blocks: taken, ...options }: CompileOptions): CompiledTemplate {
  const { body, stripsNext } = parseAt(options.source, start ?? 0, options.base)
  const mentions = mentionsIn(options.source)
  const unit: Unit = { ...options, blocks: new Map(taken), mentions, compiled: { parts: 0 } }
  const blocks = mentions("block") ? body.flatMap(blocksIn) : []
  for (const block of blocks) {
    if (unit.blocks.has(block.name)) throw assertionError(`block '${block.name}' defined twice`, block.at + unit.base)
    unit.blocks.set(block.name, () => {})
  }
  const run = compileFunction(rootFrame(unit, true), body, ["self"])
  for (const block of blocks) {
    unit.blocks.set(block.name, compileFunction(rootFrame(unit, false), block.body, ["self", "super"], block.name))
  }
  return { blocks: unit.blocks, run, stripsNext }
}

/** Looks through the source once for each word: a template may have a hundred thousand loops and macros. */
function mentionsIn(source: string): Unit["mentions"] {
  const known = new Map<string, boolean>()
  return (word) => {
    const found = known.get(word) ?? source.includes(word)
    known.set(word, found)
    return found
  }
}

function parseAt(source: string, start: number, base: number) {
  try {
    return parseTemplate(source, start)
  } catch (error) {
    if (!(error instanceof JinjaError) || error.offset === undefined) throw error
    throw new JinjaError(error.pythonClass, error.message, { offset: error.offset + base })
  }
}

const blocksIn = (node: Node): Block[] => {
  const inner = childrenOf(node).flatMap(blocksIn)
  return node.kind === "block" ? [node, ...inner] : inner
}

function rootFrame(unit: Unit, toplevel: boolean): Frame {
  const scope = newScope(0)
  return { unit, scope, symbols: new Symbols(scope), toplevel, soft: false, escaping: false, inLoop: false, nesting: 1 }
}

/** The root of a template or the body of a block: what it does not define itself, it finds in the context. */
function compileFunction(frame: Frame, body: readonly Node[], special: readonly string[], block = ""): BlockCode {
  const used = findUndeclared(frame.unit.mentions, body, special)
  const self = used.has("self") ? frame.symbols.declareParameter("self").slot : undefined
  const parent = used.has("super") ? frame.symbols.declareParameter("super").slot : undefined
  analyseBody(frame.symbols, body)
  const run = compileBody(frame, body as Parameters<typeof compileBody>[1])
  const enter = entering(frame)
  return (rt, context) =>
    rt.nested(frame.scope.height, () => {
      const env = newEnv(frame.scope, rt, context)
      if (self !== undefined) env.slots[self] = selfReference(context)
      if (parent !== undefined) env.slots[parent] = new Undefined(() => `there is no parent block called '${block}'.`)
      enter(env)
      run(env)
    })
}

/** `self`: the template's blocks as functions. */
function selfReference(context: Context): Py {
  return new PyNative("TemplateReference", () => "<TemplateReference None>", {
    attribute: (name) => {
      const block = context.blocks.get(name)
      return block && blockReference(block, context)
    },
  })
}

function blockReference(block: BlockCode, context: Context): Py {
  return new PyNative("BlockReference", () => `<jinja2.runtime.BlockReference object at ${ADDRESS}>`, {
    attribute: (name) => (name === "super" ? new Undefined(() => "there is no parent block") : undefined),
    call: (rt) => {
      const text = rt.capture(() => block(rt, context))
      return rt.autoescape ? new Markup(text) : text
    },
  })
}
