/** What an event would do, as a dry run shows it. */
import type { Assignment } from "../core/assignment.js"
import { jsonOf } from "../core/events/delivery.js"
import type { Block, Plan } from "../core/events/handler.js"
import { type Path, showPath } from "../core/path.js"
import { isSecretKey, isSecretPath, MASK, maskBody, maskQuery, withoutSecrets } from "../core/secrets.js"
import { isList, isMap, type Value, type ValueMap } from "../data/value.js"

/**
 * A plan as a value: the block, and why it is skipped, what it assigns, or what it sends and captures by which rules.
 * @param mask hides secrets in each text; before it is written, which changes some characters
 */
export const previewOf = (block: Block, plan: Plan, mask: (text: string) => string): Value =>
  mapTexts(preview(block, plan), mask)

function mapTexts(value: Value, change: (text: string) => string): Value {
  if (typeof value === "string") return change(value)
  if (isList(value)) return value.map((item) => mapTexts(item, change))
  return isMap(value) ? new Map([...value].map(([key, item]) => [change(key), mapTexts(item, change)])) : value
}

function preview(block: Block, plan: Plan): ValueMap {
  const name: [string, Value] = ["block", block.label]
  if (plan.kind === "skip") return new Map([name, ["skipped", plan.reason]])
  if (plan.kind === "assign")
    return new Map<string, Value>([name, ["assignments", plan.assignments.map(assignmentMap)]])
  const { url, headers, body } = plan.request
  const request = new Map<string, Value>([
    ["method", "POST"],
    ["url", maskQuery(url)],
    [
      "headers",
      new Map(
        headers.map(([key, value]) => [key, isSecretKey(key) || plan.secretHeaders.includes(key) ? MASK : value]),
      ),
    ],
    ["body", maskBody(body, jsonOf(body))],
  ])
  const rules = plan.capture.map(
    ({ from, to }) =>
      new Map([
        ["from", from],
        ["to", to],
      ]),
  )
  return new Map<string, Value>([name, ["request", request], ["capture", rules]])
}

function assignmentMap(assignment: Assignment): ValueMap {
  const { op } = assignment
  const place: [string, Value] = [op, showPath(assignment.path)]
  switch (op) {
    case "set":
      return new Map([place, ["value", shown(assignment.path, assignment.value)]])
    case "append":
      return new Map<string, Value>([
        place,
        ["items", shown(assignment.path, assignment.items)],
        ["unique", assignment.unique],
      ])
    case "increment":
      return new Map<string, Value>([place, ["by", shown(assignment.path, assignment.by)]])
    default:
      return new Map([place])
  }
}

/** As the history shows it: without what stands under secret-like keys. */
const shown = (path: Path, value: Value) => (isSecretPath(path) ? MASK : withoutSecrets(value))
