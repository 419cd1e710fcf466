/** Assignments: the only way a document changes. They are sent to the primary, which applies them to what is newest. */
import { equalityKey, isTruthy } from "../data/python.js"
import { isList, isMap, MAX_DEPTH, type Value, type ValueList, type ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { contextIdOf, ID_PATH } from "./context-id.js"
import { typeName } from "./merge.js"
import { type Path, type Segment, showPath } from "./path.js"

export type Assignment =
  | { readonly op: "set"; readonly path: Path; readonly value: Value }
  /** `PATH[]`: append; with `unique` (`PATH{}`) the whole list keeps only the first of equal items. */
  | { readonly op: "append"; readonly path: Path; readonly items: ValueList; readonly unique: boolean }
  /** `PATH[]=[]`: an empty list, where there is a list or nothing. */
  | { readonly op: "clear"; readonly path: Path }
  | { readonly op: "unset"; readonly path: Path }
  | { readonly op: "increment"; readonly path: Path; readonly by: bigint | number }

/**
 * Applies assignments in order and gives the new document; the given one stays as it is. The document's own id cannot
 * be changed by them.
 * @param warn is told of what was ignored or replaced on the way
 * @throws StateError TYPE_CONFLICT, PATH_NOT_FOUND (a list index that does not exist), LIMIT_EXCEEDED (nesting)
 */
export function applyAssignments(
  document: ValueMap,
  assignments: readonly Assignment[],
  warn: (message: string) => void = () => {},
): ValueMap {
  const call: Call = { owned: new WeakSet(), uniques: new WeakMap(), warn }
  const changed = assignments.reduce((current, assignment) => applyOne(current, assignment, call), document)
  return keepId(document, changed, warn)
}

/**
 * As {@link applyAssignments}, but an assignment that is not possible fails alone, as where another writer has turned a
 * map on its way into a list.
 */
export function applyPossible(
  document: ValueMap,
  assignments: readonly Assignment[],
  warn?: (message: string) => void,
): { readonly document: ValueMap; readonly failures: readonly StateError[] } {
  try {
    return { document: applyAssignments(document, assignments, warn), failures: [] }
  } catch (error) {
    if (!(error instanceof StateError)) throw error
    if (assignments.length === 1) return { document, failures: [error] }
    const half = Math.ceil(assignments.length / 2)
    const first = applyPossible(document, assignments.slice(0, half), warn)
    const second = applyPossible(first.document, assignments.slice(half), warn)
    return { document: second.document, failures: [...first.failures, ...second.failures] }
  }
}

/** What one call has made and knows: without it many assignments would take quadratic time. */
interface Call {
  /** The containers that it has made, and may change in place. */
  readonly owned: WeakSet<Value & object>
  /** Of lists that hold nothing twice, what they hold. */
  readonly uniques: WeakMap<ValueList, Set<string>>
  readonly warn: (message: string) => void
}

function applyOne(document: ValueMap, assignment: Assignment, call: Call): ValueMap {
  const { path } = assignment
  if (path.length > MAX_DEPTH) {
    throw new StateError("LIMIT_EXCEEDED", `A path of ${path.length} keys is deeper than the ${MAX_DEPTH} allowed`)
  }
  const place = { ...call, path, create: assignment.op !== "unset" }
  return updateAt(document, 0, (old) => newValue(assignment, old, call), place) as ValueMap
}

function newValue(assignment: Assignment, old: Value | undefined, call: Call): Value | undefined {
  switch (assignment.op) {
    case "set":
      return assignment.value
    case "append":
      return append(assignment, listFor(assignment, old, assignment.unique ? "{}" : "[]"), call)
    case "clear":
      listFor(assignment, old, "[]")
      return []
    case "unset":
      return undefined
    case "increment":
      return increment(assignment, old)
  }
}

/** The list that is there; a falsy value counts as an empty one. */
function listFor({ path }: Assignment, old: Value | undefined, mark: string): ValueList {
  if (isList(old)) return old
  if (isTruthy(old)) throw typeConflict(`${showPath(path)}${mark}`, old!, "a list")
  return []
}

function append({ items, unique }: Assignment & { op: "append" }, old: ValueList, call: Call): Value {
  if (unique) return appendUnique(items, old, call)
  const list = own(old, call)
  for (const item of items) list.push(item)
  return list
}

/** Keeps the first of equal items, by Python's equality. */
function appendUnique(items: ValueList, old: ValueList, call: Call): Value {
  const before = call.uniques.get(old)
  const known = before ?? new Set()
  const list = own(before ? old : [], call)
  for (const item of before ? items : [...old, ...items]) {
    const key = equalityKey(item)
    if (!known.has(key)) list.push(item)
    known.add(key)
  }
  call.uniques.set(list, known)
  return list
}

/** The list itself if this call has made it, else a copy to change. */
function own(list: ValueList, { owned, uniques }: Call): Value[] {
  uniques.delete(list)
  if (owned.has(list)) return list as Value[]
  const copy = [...list]
  owned.add(copy)
  return copy
}

function ownMap(map: ValueMap, { owned }: Call): Map<string, Value> {
  if (owned.has(map)) return map as Map<string, Value>
  const copy = new Map(map)
  owned.add(copy)
  return copy
}

function increment({ path, by }: Assignment & { op: "increment" }, old: Value | undefined): Value {
  if (old === undefined || old === null || old === "") return by
  // What --set wrote is text: "3" counts on as 3.
  const number =
    typeof old === "string" && /^[-+]?\d{1,4000}$/.test(old.trim()) ? BigInt(old.trim().replace("+", "")) : old
  if (typeof number === "bigint" && typeof by === "bigint") return number + by
  if (typeof number === "bigint" || typeof number === "number") return Number(number) + Number(by)
  throw typeConflict(showPath(path), old, "a number")
}

interface Place extends Call {
  readonly path: Path
  readonly create: boolean
}

/** The node with the value at the rest of the path replaced; undefined from `change` removes it. */
function updateAt(
  node: Value,
  depth: number,
  change: (old: Value | undefined) => Value | undefined,
  place: Place,
): Value {
  const segment = place.path[depth]!
  const last = depth === place.path.length - 1
  const below = (old: Value | undefined): Value | undefined => {
    if (last) return change(old)
    const container = containerFor(old, depth + 1, place)
    return container === undefined ? old : updateAt(container, depth + 1, change, place)
  }
  if (typeof segment === "number") {
    if (!isList(node)) throw typeConflict(showPath(place.path.slice(0, depth)) || "$", node, "a list")
    return updateItem(node, segment, below, place)
  }
  const map = node as ValueMap
  const old = map.get(segment)
  const value = below(old)
  if (value === old) return map
  const changed = ownMap(map, place)
  if (value === undefined) changed.delete(segment)
  else changed.set(segment, value)
  return changed
}

function updateItem(
  list: ValueList,
  index: number,
  below: (old: Value | undefined) => Value | undefined,
  place: Place,
): Value {
  const { path, create } = place
  const at = index < 0 ? index + list.length : index
  if (at < 0 || at >= list.length) {
    if (!create) return list
    throw new StateError(
      "PATH_NOT_FOUND",
      `"${showPath(path)}": the list has ${list.length} items, none at [${index}]`,
      {
        hint: "Use PATH[]=ITEM to append to a list.",
      },
    )
  }
  const value = below(list[at])
  if (value === list[at]) return list
  const changed = own(list, place)
  if (value === undefined) changed.splice(at, 1)
  else changed[at] = value
  return changed
}

/** The container that the next segment needs in place of `old`; undefined when there is nothing and none is made. */
function containerFor(old: Value | undefined, depth: number, { path, create, warn }: Place): Value | undefined {
  const segment: Segment = path[depth]!
  const here = showPath(path.slice(0, depth))
  if (typeof segment === "number") {
    if (isList(old)) return old
    if (!create && old === undefined) return undefined
    throw typeConflict(here, old ?? null, "a list")
  }
  if (isMap(old)) return old
  if (!create) return undefined
  if (isList(old) && old.length > 0) throw typeConflict(here, old, "a map")
  if (isTruthy(old))
    warn(`"${here}" was ${typeName(old!)} and is replaced by a map, because "${showPath(path)}" is set`)
  return new Map()
}

function keepId(before: ValueMap, after: ValueMap, warn: (message: string) => void): ValueMap {
  const id = contextIdOf(before)
  if (id === undefined || contextIdOf(after) === id) return after
  const state = after.get("state")
  if (!isMap(state)) throw typeConflict("state", state ?? null, "a map, for it names the context")
  warn(`"${showPath(ID_PATH)}" cannot be set and stays "${id}"`)
  // Where it stood, or in front.
  return new Map(after).set("state", new Map([["cicdContextDataId", id], ...state, ["cicdContextDataId", id]]))
}

const typeConflict = (place: string, value: Value, wanted: string) =>
  new StateError("TYPE_CONFLICT", `Cannot assign to "${place}": there is ${typeName(value)}, not ${wanted}`, {
    hint: "Unset it first, or choose another path.",
  })
