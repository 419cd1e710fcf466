/** What the compiler knows about the place it is at, and what the compiled closures find at run time. */
import type { ValueMap } from "../data/value.js"
import type { Runtime } from "./runtime.js"
import type { Definition } from "./signature.js"
import { type FunctionScope, type Ref, Symbols } from "./symbols.js"
import { type Py, Undefined } from "./values.js"

/** The variables of a running function, and of the one it stands in. */
export interface Env {
  /** Undefined is a variable without a value. */
  readonly slots: Array<Py | undefined>
  readonly up: Env | undefined
  readonly rt: Runtime
  readonly context: Context
}

export type Evaluate = (env: Env) => Py
export const NORMAL = 0
export const BREAK = 1
export const CONTINUE = 2
/** Says how it ended: normally, or with a jump that the loop around it takes. */
export type Run = (env: Env) => typeof NORMAL | typeof BREAK | typeof CONTINUE

export type BlockCode = (rt: Runtime, context: Context) => void

/** Names that are looked up while rendering: the top level's own, then those given, then the globals. */
export class Context {
  readonly vars = new Map<string, Py>()
  readonly blocks: ReadonlyMap<string, BlockCode>
  private readonly outer: (rt: Runtime, name: string) => Py | undefined

  constructor(blocks: ReadonlyMap<string, BlockCode>, outer: (rt: Runtime, name: string) => Py | undefined) {
    this.blocks = blocks
    this.outer = outer
  }

  static of(
    scope: ValueMap,
    blocks: ReadonlyMap<string, BlockCode>,
    globals: (name: string) => Py | undefined,
  ): Context {
    return new Context(blocks, (rt, name) => {
      const given = scope.get(name)
      return given === undefined ? globals(name) : rt.wrap(given)
    })
  }

  resolve(rt: Runtime, name: string): Py | undefined {
    const own = this.vars.get(name)
    return own === undefined ? this.outer(rt, name) : own
  }

  /** As seen by a scoped block: with the variables of the place it stands in. */
  derived(locals: ReadonlyMap<string, Py>): Context {
    return new Context(this.blocks, (rt, name) => (locals.has(name) ? locals.get(name) : this.resolve(rt, name)))
  }
}

/** Whether output is escaped: as known when compiling, or only when running. */
export type Escaping = boolean | "volatile"

/** What all of a template's compilation shares. */
export interface Unit {
  readonly source: string
  /** Offset of the source's start among all that is rendered in one go. */
  readonly base: number
  readonly filters: (name: string) => Definition | undefined
  readonly tests: (name: string) => Definition | undefined
  readonly blocks: Map<string, BlockCode>
  /** Whether a word stands anywhere in the source: what does not need not be looked for in the tree. */
  readonly mentions: (word: string) => boolean
  /** How much was compiled so far: statements and parts of expressions. */
  readonly compiled: { parts: number }
}

export interface Frame {
  readonly unit: Unit
  readonly symbols: Symbols
  readonly scope: FunctionScope
  /** Whether sets are seen by blocks and by the context. */
  readonly toplevel: boolean
  /** Whether unknown filters fail only when they are reached: within if and the inline if. */
  readonly soft: boolean
  readonly escaping: Escaping
  /** Whether a jump finds a loop in the same function. */
  readonly inLoop: boolean
  /** Blocks around this place, within its function. */
  readonly nesting: number
}

export const newScope = (depth: number): FunctionScope => ({ depth, slots: 0, height: 1 })

/** A frame of variables of its own in the same function. */
export const innerFrame = (frame: Frame): Frame => ({
  ...frame,
  symbols: new Symbols(frame.scope, frame.symbols),
  toplevel: false,
  soft: false,
  nesting: frame.nesting + 1,
})

/** A frame in a function of its own that sees the variables around it. */
export function functionFrame(frame: Frame): Frame {
  const scope = newScope(frame.scope.depth + 1)
  return { ...innerFrame(frame), scope, symbols: new Symbols(scope, frame.symbols), inLoop: false, nesting: 1 }
}

export const softFrame = (frame: Frame): Frame => ({ ...frame, soft: true, nesting: frame.nesting + 1 })

export function newEnv(scope: FunctionScope, rt: Runtime, context: Context, up?: Env): Env {
  return { slots: new Array(scope.slots).fill(undefined), up, rt, context }
}

/** Reads a variable. */
export function reader(frame: Frame, ref: Ref): (env: Env) => Py | undefined {
  const { slot } = ref
  const levels = frame.scope.depth - ref.scope.depth
  if (levels === 0) return (env) => env.slots[slot]
  if (levels === 1) return (env) => env.up?.slots[slot]
  return (env) => {
    let outer: Env | undefined = env
    for (let i = 0; i < levels; i++) outer = outer?.up
    return outer?.slots[slot]
  }
}

/** Gives the frame's variables the values they start with. */
export function entering(frame: Frame): (env: Env) => void {
  const steps: Array<(env: Env) => void> = []
  for (const [{ slot }, load] of frame.symbols.loads) {
    if (load.kind === "resolve") {
      steps.push((env) => {
        env.slots[slot] = env.context.resolve(env.rt, load.name)
      })
    } else if (load.kind === "alias") {
      const read = reader(frame, load.ref)
      steps.push((env) => {
        env.slots[slot] = read(env)
      })
    } else if (load.kind === "nothing") {
      steps.push((env) => {
        env.slots[slot] = undefined
      })
    }
  }
  return (env) => {
    for (const step of steps) step(env)
  }
}

export const undefinedName = (name: string) => new Undefined(() => `'${name}' is undefined`)
