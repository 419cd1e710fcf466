/** Calling what a template names. */
import { typeError } from "./errors.js"
import { failUndefined } from "./iterate.js"
import type { Runtime } from "./runtime.js"
import { type Kwargs, NO_KWARGS, type Py, PyFunction, PyNative, typeName, Undefined } from "./values.js"

export function callValue(rt: Runtime, callee: Py, args: readonly Py[], kwargs: Kwargs = NO_KWARGS): Py {
  rt.tick()
  if (callee instanceof PyFunction) return callee.call(rt, args, kwargs)
  if (callee instanceof PyNative && callee.call) return callee.call(rt, args, kwargs)
  if (callee instanceof Undefined) return failUndefined(callee)
  throw typeError(`'${typeName(callee)}' object is not callable`)
}

export const isCallable = (value: Py): boolean =>
  value instanceof PyFunction || (value instanceof PyNative && value.call !== undefined) || value instanceof Undefined
