/** Tekton results: values of a document in files of their own, where the controller picks them up. */
import { writeFileSync } from "node:fs"
import type { ValueMap } from "../data/value.js"
import { messageOf, StateError } from "../errors.js"
import { lookUp } from "./get.js"
import type { Runtime } from "./runtime.js"
import { showValue } from "./show-value.js"

/** Tekton's bound for the results of one container, in bytes. */
export const MAX_RESULT_BYTES = 4096

export interface ResultFile {
  readonly expression: string
  readonly file: string
}

export interface ResultOptions {
  readonly results: readonly ResultFile[]
  /** The most that they may have together, in bytes; Tekton loses what goes beyond. */
  readonly maxBytes: number
  /** Whether a text is rendered as a template once. */
  readonly render: boolean
}

/**
 * Writes the value of each expression, as `get` prints it but without a newline, to its file.
 * @throws StateError PATH_NOT_FOUND, LIMIT_EXCEEDED, INPUT_INVALID naming the result; none is written then
 */
export async function writeResults(
  runtime: Runtime,
  document: ValueMap,
  { results, maxBytes, render }: ResultOptions,
): Promise<void> {
  const toText = async (result: ResultFile) => ({
    ...result,
    text: await resultText(runtime, document, result.expression, render),
  })
  const texts = await Promise.all(results.map(toText))
  const total = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  if (total > maxBytes) {
    const sizes = texts.map(({ expression, text }) => `"${expression}" ${Buffer.byteLength(text)}`).join(", ")
    throw new StateError("LIMIT_EXCEEDED", `The results have ${total} bytes, ${maxBytes} are allowed: ${sizes}`, {
      hint: "Pass ids and small values as results, larger ones through the state.",
    })
  }
  for (const { expression, file, text } of texts) {
    try {
      writeFileSync(runtime.resolvePath(file), text)
    } catch (cause) {
      throw new StateError("INPUT_INVALID", `Cannot write the result "${expression}": ${messageOf(cause)}`, { cause })
    }
  }
}

async function resultText(runtime: Runtime, document: ValueMap, query: string, render: boolean): Promise<string> {
  try {
    return showValue(await lookUp(runtime, document, { query, render }), "raw")
  } catch (cause) {
    if (!(cause instanceof StateError)) throw cause
    throw new StateError(cause.code, `The result "${query}": ${cause.message}`, cause)
  }
}
