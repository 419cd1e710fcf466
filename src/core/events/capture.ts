/** Rules that turn data into assignments: `{from, to}`, both templates. Replies and `set-values` share them. */
import { pythonStr } from "../../data/python.js"
import { isList, isMap, type Value } from "../../data/value.js"
import { StateError } from "../../errors.js"
import { type Assignment, applyAssignments } from "../assignment.js"
import { legacyAssignment } from "../assignment-text.js"
import { typeName } from "../merge.js"
import { checkStorable } from "../storable.js"

export interface CaptureRule {
  /** Where it stands, for errors. */
  readonly place: string
  /** Template of the value; blank text assigns nothing. */
  readonly from: string
  /** Template of the path, in the form that `--set` of the flags has: `a.b`, `a.b[]`, `a.b{}`. */
  readonly to: string
}

/** @param place names the list in errors. @throws StateError CONFIG_INVALID */
export function captureRules(rules: Value | undefined, place: string): readonly CaptureRule[] {
  const list = rules ?? []
  if (!isList(list)) throw invalid(`"${place}" must be a list of {from, to}, not ${typeName(list)}`)
  return list.map((rule, i) => {
    const [from, to] = isMap(rule) ? [rule.get("from"), rule.get("to")] : []
    if (from === undefined || to === undefined) throw invalid(`"${place}[${i}]" must be {from: TEMPLATE, to: TEMPLATE}`)
    return { place: `${place}[${i}]`, from: pythonStr(from), to: pythonStr(to) }
  })
}

/**
 * What one rule assigns: nothing when its value or its path is blank. The value is the text as it is: it is not read as
 * `file://` and not rendered again.
 * @param render renders one of the rule's templates; the name says which
 * @throws StateError INPUT_INVALID, LIMIT_EXCEEDED for what no store can keep
 */
export function capture(rule: CaptureRule, render: (template: string, name: string) => string): readonly Assignment[] {
  const value = render(rule.from, `${rule.place}.from`).trim()
  if (value === "") return []
  const path = render(rule.to, `${rule.place}.to`).trim()
  return path === "" ? [] : [storable(legacyAssignment(path, value))]
}

/** Checked one by one: at the commit it would undo all others. */
function storable(assignment: Assignment): Assignment {
  try {
    checkStorable(applyAssignments(new Map(), [assignment]))
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause
    // Its hint says that nothing was changed; here all else is.
    throw new StateError(cause.code, cause.message, { cause })
  }
  return assignment
}

const invalid = (message: string) => new StateError("CONFIG_INVALID", message)
