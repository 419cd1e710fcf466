/** What is wrong with the body of a request, told before it is sent. */
import { DataError, positionAt } from "../../data/data-error.js"
import { parseJson } from "../../data/json.js"
import type { Value } from "../../data/value.js"
import { StateError } from "../../errors.js"
import { slackLimitsExceeded } from "./slack-limits.js"

export interface BodyPolicy {
  /** A body that is no JSON is sent all the same in the legacy style. */
  readonly bodyNotJson: "refuse" | "warn"
  readonly strictLimits: boolean
  readonly warn: (message: string) => void
}

/**
 * @param isSlack whether Slack's limits apply
 * @throws StateError TEMPLATE (no JSON), LIMIT_EXCEEDED (beyond Slack's limits, when these are strict)
 */
export function checkBody(body: string, isSlack: boolean, { bodyNotJson, strictLimits, warn }: BodyPolicy): void {
  const json = readJson(body)
  if ("problem" in json) {
    const message = `The body of the request is not JSON: ${json.problem}`
    if (bodyNotJson === "refuse") throw new StateError("TEMPLATE", message, { hint: NOT_JSON_HINT })
    warn(message)
    return
  }
  const problems = isSlack ? slackLimitsExceeded(json.value) : []
  const more = problems.length - MAX_PROBLEMS
  const shown = [...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`${more} more of the kind`] : [])]
  if (problems.length > 0 && strictLimits) {
    throw new StateError("LIMIT_EXCEEDED", `Slack would not take the body: ${shown.join("; ")}`, {
      hint: "Shorten it, or send more than one message.",
    })
  }
  for (const problem of shown) warn(`Slack may not take the body: ${problem}`)
}

/** A body may be wrong in thousands of places. */
const MAX_PROBLEMS = 10
const NOT_JSON_HINT =
  "Mend its template, under templates in the config file; --dry-run shows the body. Texts in it need | tojson."

function readJson(body: string): { readonly value: Value } | { readonly problem: string } {
  try {
    const value = parseJson(body)
    refusePythonWords(body)
    return { value }
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    const place = error.line === undefined ? "" : `line ${error.line}, column ${error.column}: `
    return { problem: `${place}${error.message}` }
  }
}

/** Python reads these, and so does our reader; receivers do not. */
function refusePythonWords(body: string): void {
  for (const { 0: token, index } of body.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|NaN|Infinity/g)) {
    if (!token.startsWith('"')) throw new DataError(`${token} is not a JSON number`, positionAt(body, index))
  }
}
