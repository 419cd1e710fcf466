/** Which file holds which context, when the path of a store has a place for the id. */
import { readdirSync, statSync } from "node:fs"
import { basename, dirname, normalize, sep } from "node:path"
import { StateError } from "../errors.js"
import { errnoOf } from "./file-error.js"

/** Stands in a path for the id of the context. */
export const ID_PLACE = "{id}"

/**
 * The path with the id in its place, percent-encoded (RFC 3986) but for `A-Z a-z 0-9 . _ -`, and a leading dot too: so
 * an id is always one visible name in its folder.
 * @throws StateError INPUT_INVALID for an id that is not Unicode text, or makes too long a name
 */
export function pathOfId(path: string, id: string): string {
  if (!id.isWellFormed())
    throw new StateError("INPUT_INVALID", "The context id holds half a character (lone surrogate)")
  const name = encodeId(id)
  const around = path.split(sep).find((part) => part.includes(ID_PLACE))
  const bytes = around === undefined ? 0 : Buffer.byteLength(around.replace(ID_PLACE, "")) + name.length
  if (bytes <= MAX_NAME_BYTES) return path.replace(ID_PLACE, () => name)
  throw new StateError("INPUT_INVALID", `The context id is too long for the name of a file: ${bytes} bytes, encoded`, {
    hint: `A name may have ${MAX_NAME_BYTES}; in Redis an id may be longer.`,
  })
}

/** NAME_MAX of all common file systems. */
const MAX_NAME_BYTES = 255

/** The id whose file this is, if the path stands for it. Both are normalized, and all their folders real ones. */
export function idOfPath(path: string, file: string): string | undefined {
  const [before = "", after = ""] = path.split(ID_PLACE)
  const isLongEnough = file.length >= before.length + after.length
  if (!isLongEnough || !file.startsWith(before) || !file.endsWith(after)) return undefined
  return decodeId(file.slice(before.length, file.length - after.length))
}

/** The ids of all files that the path stands for, sorted. @throws the system's error unless it is ENOENT */
export function idsOfPath(path: string): readonly string[] {
  const [before = "", after = ""] = normalize(path).split(ID_PLACE)
  const folder = dirname(`${before}_`)
  const prefix = basename(`${before}_`).slice(0, -1)
  const suffix = after.split(sep, 1)[0] ?? ""
  const named = namesIn(folder).filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
  return named
    .map((name) => decodeId(name.slice(prefix.length, name.length - suffix.length)))
    .filter((id) => id !== undefined)
    .filter((id) => isFile(pathOfId(path, id)))
    .sort()
}

const encodeId = (id: string) =>
  encodeURIComponent(id)
    .replace(/[!~*'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^\./, "%2E")

/** Undefined for a name that no id has: that of a file which only looks similar. */
function decodeId(name: string): string | undefined {
  try {
    const id = decodeURIComponent(name)
    return encodeId(id) === name ? id : undefined
  } catch {
    return undefined
  }
}

/** False also where a folder would have to be and is none. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return false
    throw error
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return []
    throw error
  }
}
