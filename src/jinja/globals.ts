/** The functions that every template has: range, dict, lipsum, cycler, joiner, namespace. */

import { Namespace, PyDict, PyTuple } from "./containers.js"
import { JinjaError, typeError, valueError } from "./errors.js"
import { isTrue } from "./iterate.js"
import { lipsum } from "./lipsum.js"
import { fillDict } from "./methods/dict.js"
import { ADDRESS } from "./repr.js"
import type { Runtime } from "./runtime.js"
import { define } from "./signature.js"
import {
  boundMethod,
  isInt,
  type Kwargs,
  Markup,
  type Py,
  PyFunction,
  PyNative,
  PyRange,
  toInt,
  typeName,
} from "./values.js"

const CLASS = "type"
let globals: ReadonlyMap<string, Py> | undefined

/** The global of that name; made with the first that is asked for. */
export function findGlobal(name: string): Py | undefined {
  globals ??= new Map<string, Py>([
    ["range", new PyFunction("range", "<class 'range'>", makeRange, CLASS)],
    ["dict", new PyFunction("dict", "<class 'dict'>", makeDict, CLASS)],
    ["lipsum", new PyFunction("lipsum", `<function generate_lorem_ipsum at ${ADDRESS}>`, LIPSUM.call)],
    ["cycler", new PyFunction("cycler", "<class 'jinja2.utils.Cycler'>", makeCycler, CLASS)],
    ["joiner", new PyFunction("joiner", "<class 'jinja2.utils.Joiner'>", JOINER.call, CLASS)],
    ["namespace", new PyFunction("namespace", "<class 'jinja2.utils.Namespace'>", makeNamespace, CLASS)],
  ])
  return globals.get(name)
}

function makeRange(rt: Runtime, args: readonly Py[], kwargs: Kwargs): Py {
  if (kwargs.size > 0) throw typeError("range() takes no keyword arguments")
  if (args.length === 0) throw typeError("range expected at least 1 argument, got 0")
  if (args.length > 3) throw typeError(`range expected at most 3 arguments, got ${args.length}`)
  const [a, b, c] = args.map(whole)
  const [start, stop, step] = b === undefined ? [0n, a ?? 0n, 1n] : [a ?? 0n, b, c ?? 1n]
  if (step === 0n) throw valueError("range() arg 3 must not be zero")
  const range = new PyRange(start, stop, step)
  if (range.length > rt.limits.items) rt.items(range.length)
  return range
}

function whole(value: Py): bigint {
  if (isInt(value)) return toInt(value)
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`)
}

function makeDict(rt: Runtime, args: readonly Py[], kwargs: Kwargs): Py {
  if (args.length > 1) throw typeError(`dict expected at most 1 argument, got ${args.length}`)
  const dict = new PyDict()
  fillDict(rt, dict, args[0], kwargs)
  return dict
}

function makeNamespace(rt: Runtime, args: readonly Py[], kwargs: Kwargs): Py {
  const namespace = new Namespace()
  if (args.length > 1) throw typeError(`dict expected at most 1 argument, got ${args.length}`)
  fillDict(rt, namespace.attrs, args[0], kwargs)
  return namespace
}

const LIPSUM = define(
  "generate_lorem_ipsum n= html= min= max=",
  (rt, n: Py = 5n, html: Py = true, min: Py = 20n, max: Py = 100n) => {
    const text = lipsum(rt, {
      paragraphs: Number(whole(n)),
      html: isTrue(html),
      min: Number(whole(min)),
      max: Number(whole(max)),
    })
    return isTrue(html) ? new Markup(text) : text
  },
)

function makeCycler(_rt: Runtime, args: readonly Py[], kwargs: Kwargs): Py {
  if (kwargs.size > 0) throw typeError("Cycler.__init__() got an unexpected keyword argument")
  if (args.length === 0) throw new JinjaError("RuntimeError", "at least one item has to be provided")
  let at = 0
  const items = new PyTuple(args)
  const current = () => args[at] ?? null
  const cycler: PyNative = new PyNative("Cycler", () => `<jinja2.utils.Cycler object at ${ADDRESS}>`, {
    attribute: (name) => {
      if (name === "items") return items
      if (name === "pos") return BigInt(at)
      if (name === "current") return current()
      if (name === "reset") {
        return boundMethod(cycler, name, () => {
          at = 0
          return null
        })
      }
      if (name !== "next" && name !== "__next__") return undefined
      return boundMethod(cycler, "next", () => {
        const item = current()
        at = (at + 1) % args.length
        return item
      })
    },
  })
  return cycler
}

const JOINER = define("Joiner.__init__ sep=", (_rt, sep: Py = ", ") => {
  let isUsed = false
  return new PyNative("Joiner", () => `<jinja2.utils.Joiner object at ${ADDRESS}>`, {
    attribute: (name) => (name === "sep" ? sep : name === "used" ? isUsed : undefined),
    call: () => {
      const first = !isUsed
      isUsed = true
      return first ? "" : sep
    },
  })
})
