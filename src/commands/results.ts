/** Tekton results: values of a document in files of their own, where the controller picks them up. */
import { writeFileSync } from "node:fs"
import { basename } from "node:path"
import type { ValueMap } from "../data/value.js"
import { messageOf, StateError } from "../errors.js"
import { get } from "./get.js"
import type { Runtime } from "./runtime.js"
import { showValue } from "./show-value.js"

/** Tekton's bound for what one container passes on, in bytes. */
export const MAX_RESULT_BYTES = 4096

export interface ResultFile {
  readonly expression: string
  readonly file: string
}

/** A result whose text is known. */
export interface ResultText {
  /** For errors: its expression, or what else it is. */
  readonly name: string
  readonly file: string
  readonly text: string
}

/**
 * The value of each expression, as `get` prints it but without a newline.
 * @param render whether a text is rendered as a template once
 * @throws StateError PATH_NOT_FOUND, TEMPLATE naming the result
 */
export const readResults = (
  runtime: Runtime,
  document: ValueMap,
  results: readonly ResultFile[],
  { render }: { readonly render: boolean },
): Promise<readonly ResultText[]> =>
  Promise.all(
    results.map(async ({ expression, file }) => ({
      name: expression,
      file,
      text: await resultText(runtime, document, expression, render),
    })),
  )

/**
 * Writes each text to its file.
 * @param maxBytes the most that they may have together, as Tekton passes them on; it fails or loses what goes beyond
 * @throws StateError LIMIT_EXCEEDED, none is written then; INPUT_INVALID naming the result
 */
export function writeResults(runtime: Runtime, results: readonly ResultText[], maxBytes: number): void {
  const sizes = results.map(({ name, text }) => ({ name, bytes: Buffer.byteLength(text) }))
  const total = results.length === 0 ? 0 : messageBytes([STARTED_AT, ...results.map(messageOfResult)])
  if (total > maxBytes) {
    const list = sizes.map(({ name, bytes }) => `"${name}" ${bytes}`).join(", ")
    throw new StateError(
      "LIMIT_EXCEEDED",
      `The results have ${total} bytes as Tekton passes them on, ${maxBytes} are allowed: ${list}`,
      {
        hint: "Pass ids and small values as results, larger ones through the state.",
      },
    )
  }
  for (const { name, file, text } of results) {
    try {
      writeFileSync(runtime.resolvePath(file), text)
    } catch (cause) {
      throw new StateError("INPUT_INVALID", `Cannot write the result "${name}": ${messageOf(cause)}`, { cause })
    }
  }
}

/**
 * The results of a container travel as JSON in its termination message, beside the time of its start; Go's encoder
 * writes `<`, `>` and `&` as escapes (Tekton Pipelines, "Larger results"; Go, encoding/json).
 */
const messageBytes = (message: readonly object[]) =>
  Buffer.byteLength(JSON.stringify(message).replace(/[<>&\u2028\u2029]/g, "\\u0000"))
const messageOfResult = ({ file, text }: ResultText) => ({ key: basename(file), value: text, type: 1 })
const STARTED_AT = { key: "StartedAt", value: "2000-01-01T00:00:00.000Z", type: 3 }

async function resultText(runtime: Runtime, document: ValueMap, query: string, render: boolean): Promise<string> {
  try {
    return showValue(await get(runtime, document, { query, render }), "raw")
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause
    const hint = cause.code === "PATH_NOT_FOUND" ? "Check the path, or leave this result out." : cause.hint
    throw new StateError(cause.code, `The result "${query}": ${cause.message}`, { hint, excerpt: cause.excerpt, cause })
  }
}
