/** Documents and changes for the tests of stores. Imports no test library: child processes use it too. */
import { randomUUID } from "node:crypto"
import type { Change, Snapshot } from "../../src/core/ports.js"
import { isList, isMap, type Value, type ValueMap } from "../../src/data/value.js"

type Entries = Iterable<readonly [string, Value]>

/** A document of the context; every document says which context it is. */
export const documentOf = (id: string, entries: Entries = []): ValueMap =>
  new Map([["state", new Map<string, Value>([["cicdContextDataId", id], ...entries])]])

/** What stands under `state` in the document. */
export function stateOf(snapshot: Pick<Snapshot, "document"> | undefined): ValueMap {
  const state = snapshot?.document.get("state")
  if (!isMap(state)) throw new Error("the document has no state")
  return state
}

/** A change with what a test does not care about filled in. */
export const change = (given: Partial<Change> & Pick<Change, "apply">): Change => ({
  commitId: randomUUID(),
  mode: "update",
  actor: "tester",
  time: "2024-05-06T07:08:09.123Z",
  assignments: [],
  ...given,
})

/** Creates the document. */
export const create = (id: string, entries: Entries = [], given: Partial<Change> = {}): Change =>
  change({ mode: "create", ...given, apply: () => documentOf(id, entries) })

/** Sets one key under `state`. */
export const setKey = (key: string, value: Value, given: Partial<Change> = {}): Change =>
  change({
    assignments: [`state.${key}=${String(value)}`],
    ...given,
    apply: (document) => withState(document, (state) => state.set(key, value)),
  })

/** Sets a key of its own and appends its name to the one list that all writers share. */
export const addItem = (item: string, given: Partial<Change> = {}): Change =>
  change({
    assignments: [`state.items[]=${item}`],
    ...given,
    apply: (document) =>
      withState(document, (state) => {
        const items = state.get("items")
        return state.set(item, true).set("items", [...(isList(items) ? items : []), item])
      }),
  })

/** The items that {@link addItem} appended. */
export function itemsOf(snapshot: Pick<Snapshot, "document"> | undefined): readonly Value[] {
  const items = stateOf(snapshot).get("items")
  return isList(items) ? items : []
}

function withState(document: ValueMap | undefined, edit: (state: Map<string, Value>) => ValueMap): ValueMap {
  const state = document?.get("state")
  return new Map(document).set("state", edit(new Map(isMap(state) ? state : [])))
}
