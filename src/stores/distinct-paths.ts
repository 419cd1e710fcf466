/** No file may serve two datasources: each would overwrite the other, and a cache the one place that holds the state. */
import { dirname, join } from "node:path"
import { StateError } from "../errors.js"
import { logPathOf } from "./beside-names.js"
import { inRealFolder, realFolder, resolveLinks } from "./file-links.js"
import { ID_PLACE, idOfPath } from "./file-names.js"

/** A file that a datasource writes. */
export interface Place {
  /** Of the datasource, for the message: `jsonfile`. */
  readonly name: string
  /** Absolute. That of the primary may hold `{id}`. */
  readonly path: string
}

/**
 * @param primary undefined when it is no file
 * @throws StateError CONFIG_INVALID naming two datasources that have a file in common, also by links, also by what
 *   `{id}` may stand for
 */
export function checkDistinct(primary: Place | undefined, caches: readonly Place[]): void {
  const isTaken = primary && takenBy(primary.path)
  const owners = new Map<string, Place>()
  for (const cache of caches) {
    for (const name of namesOf(cache.path)) {
      if (primary && isTaken?.(name)) throw sameFile(cache, primary, "the primary")
      const other = owners.get(name)
      if (other && other !== cache) throw sameFile(cache, other, "the cache")
      owners.set(name, cache)
    }
  }
}

function takenBy(primary: string): (name: string) => boolean {
  if (primary.includes(ID_PLACE)) {
    const pattern = realPattern(primary)
    return (name) => idOfPath(pattern, name) !== undefined
  }
  const taken = namesOf(primary).flatMap((name) => [name, logPathOf(name)])
  return (name) => taken.includes(name)
}

/** The file as it is named, and as its links lead, all folders real ones. */
function namesOf(path: string): readonly string[] {
  const named = inRealFolder(path)
  try {
    return [named, inRealFolder(resolveLinks(path))]
  } catch {
    // A circle of links leads nowhere.
    return [named]
  }
}

/** With the folders above the id real ones. */
function realPattern(path: string): string {
  const above = dirname(`${path.slice(0, path.indexOf(ID_PLACE))}_`)
  return join(realFolder(above), path.slice(above.length))
}

const sameFile = (a: Place, b: Place, what: string) =>
  new StateError("CONFIG_INVALID", `The cache ${a.name} "${a.path}" would overwrite ${what} ${b.name} "${b.path}"`, {
    hint: "Give each datasource, and --output-dir, a path where nothing else is kept.",
  })
