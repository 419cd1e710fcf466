/** Assignments and values as a program gives them. */
import type { Assignment } from "../core/assignment.js"
import { assignmentTo, incrementBy, parseAssignment, parseUnset } from "../core/assignment-text.js"
import { requireKnown } from "../core/option-names.js"
import { fromJs, type Value } from "../data/value.js"
import { messageOf, StateError } from "../errors.js"

/**
 * One assignment: a text as on the command line (`"state.a=text"`, `"state.n:=3"`, `"state.list[]=a,b"`), or a value of
 * JavaScript's for a path.
 */
export type AssignmentInput =
  | string
  | { readonly set: string; readonly value: unknown }
  | { readonly append: string; readonly items: readonly unknown[]; readonly unique?: boolean }
  | { readonly unset: string }
  | { readonly increment: string; readonly by?: number | bigint }

/** @throws StateError USAGE: a program without types may give anything */
export function toAssignments(inputs: readonly AssignmentInput[]): readonly Assignment[] {
  if (!Array.isArray(inputs)) throw new StateError("USAGE", "Assignments come as a list")
  return inputs.map(toAssignment)
}

function toAssignment(input: AssignmentInput): Assignment {
  if (typeof input === "string") return parseAssignment(input)
  if (typeof input !== "object" || input === null) throw unlike()
  if ("set" in input) {
    requireKnown(input, { set: true, value: true })
    return assignmentTo(input.set, toValue(input.value))
  }
  if ("append" in input) {
    requireKnown(input, { append: true, items: true, unique: true })
    return assignmentTo(`${input.append}${input.unique ? "{}" : "[]"}`, toValue(input.items))
  }
  if ("unset" in input) return parseUnset(requireKnown(input, { unset: true }).unset)
  if ("increment" in input) {
    requireKnown(input, { increment: true, by: true })
    return incrementBy(input.increment, toNumber(input.by ?? 1n))
  }
  throw unlike()
}

const unlike = () =>
  new StateError("USAGE", "An assignment is a text or has one of the keys set, append, unset and increment")

function toNumber(by: number | bigint): number | bigint {
  const value = toValue(by)
  if (typeof value === "bigint" || typeof value === "number") return value
  throw new StateError("USAGE", "by must be a number")
}

/** A value of JavaScript. @throws StateError USAGE for what has no counterpart in a document */
export function toValue(value: unknown): Value {
  try {
    return fromJs(value)
  } catch (cause) {
    throw new StateError("USAGE", messageOf(cause), { cause })
  }
}
