/** Assignments as the log of a document shows them: enough to see what a commit did, without secrets or bulk. */
import { createHash } from "node:crypto"
import { writeJson } from "../data/json.js"
import type { Value } from "../data/value.js"
import type { Assignment } from "./assignment.js"
import { type Path, showPath } from "./path.js"
import { isSecretPath, MASK, withoutSecrets } from "./secrets.js"

/** Characters up to which a path, or the JSON text of a value, is shown whole. */
const MAX_SHOWN = 200

/**
 * One text per assignment: `state.a="1"`, `state.list[]=["x"]`, `unset state.a`, `state.n+=1`; values beyond 200
 * characters as size and SHA-256, values of secret-like keys masked.
 */
export const describeAssignments = (
  assignments: readonly Assignment[],
  mask: Mask = (text) => text,
): readonly string[] => assignments.map((assignment) => describe(assignment, mask))

/** Hides what is secret in a text. Before anything is cut: half a secret would not be known any more. */
type Mask = (text: string) => string

function describe(assignment: Assignment, mask: Mask): string {
  const place = shorten(mask(showPath(assignment.path)))
  switch (assignment.op) {
    case "set":
      return `${place}=${shown(assignment.path, assignment.value, mask)}`
    case "append":
      return `${place}${assignment.unique ? "{}" : "[]"}=${shown(assignment.path, assignment.items, mask)}`
    case "clear":
      return `${place}[]=[]`
    case "unset":
      return `unset ${place}`
    case "increment":
      return `${place}+=${shown(assignment.path, assignment.by, mask)}`
  }
}

const shorten = (text: string) => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)

function shown(path: Path, value: Value, mask: Mask): string {
  if (isSecretPath(path)) return MASK
  const text = writeJson(withoutSecrets(value), { nonFinite: "python" })
  if (text.length <= MAX_SHOWN) return mask(text)
  const bytes = Buffer.from(text)
  return `<${bytes.length} bytes, sha256 ${createHash("sha256").update(bytes).digest("hex")}>`
}
