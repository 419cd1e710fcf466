/** An event run on a document with the real templates; what it sends is recorded and answered by stubs. */
import { expect } from "vitest"
import { createTemplates } from "../../../src/commands/templates.js"
import { parseEventName } from "../../../src/core/events/blocks.js"
import { dispatchEvent } from "../../../src/core/events/dispatch.js"
import { eventConfig } from "../../../src/core/events/event-config.js"
import type { Block, Plan } from "../../../src/core/events/handler.js"
import { type EventPolicy, LEGACY, STRICT } from "../../../src/core/events/policy.js"
import type { Delivery, Logger, OutgoingRequest, Send } from "../../../src/core/ports.js"
import { fromJs, isMap, toJs, type ValueMap } from "../../../src/data/value.js"
import { StateError } from "../../../src/errors.js"

export const map = (value: object): ValueMap => {
  const converted = fromJs(value)
  if (!isMap(converted)) throw new Error("not a map")
  return converted
}

export const CONFIG = {
  slack: { url: "https://slack.test/api/chat?hidden=1" },
  trigger: { url: "https://tekton.test/hook/hidden", headers: [] as unknown },
  templates: {
    notify: '{"text": {{ notify.message | tojson }}}',
    respond: '{"text": {{ respond.message | tojson }}}',
    "manual-choice": "{{ manualChoice | tojson }}",
  },
}
export const SECRETS = { slack: { token: "xoxb-very-secret" }, trigger: { token: "trigger-secret" } }

export const answered = (status: number, body?: string): Delivery => ({
  outcome: "answered",
  status,
  body,
  tries: 1,
  durationMs: 5,
})
export const ok = (body: unknown = {}) => answered(200, JSON.stringify(body))
export const unanswered = (reason: string, mayHaveArrived = false): Delivery => ({
  outcome: "unanswered",
  reason,
  mayHaveArrived,
  tries: 2,
  durationMs: 7,
})

interface Given {
  /** The event's handlers. */
  readonly event?: object
  /** The rest of the document, beside `pipelines`. */
  readonly document?: object
  readonly config?: object
  readonly secrets?: object
  readonly policy?: Partial<EventPolicy>
  readonly isLegacy?: boolean
  readonly isDry?: boolean
  readonly name?: string
  /** One for each request, in order: one too few or too many fails the test. */
  readonly replies?: readonly Delivery[]
}

export async function runEvent(given: Given) {
  const { event, document = {}, config = CONFIG, secrets = SECRETS, isLegacy = false, name = "build=done" } = given
  const sent: OutgoingRequest[] = []
  const log: string[] = []
  const plans: (readonly [Block, Plan])[] = []
  const left = [...(given.replies ?? [])]
  const send: Send = async (request) => {
    sent.push(request)
    const reply = left.shift()
    if (!reply) throw new Error(`no reply for a request to ${request.url}: ${request.body}`)
    return reply
  }
  const pipelines = event === undefined ? {} : { pipelines: { build: { "event-handlers": { done: event } } } }
  const outcome = await dispatchEvent({
    document: map({ state: { cicdContextDataId: "c" }, ...pipelines, ...document }),
    name: parseEventName(name),
    variables: [],
    config: eventConfig(map(config), map(secrets)),
    policy: { ...(isLegacy ? LEGACY : STRICT), ...given.policy },
    renderer: await createTemplates(map(config), isLegacy).open(),
    send: given.isDry ? undefined : send,
    onPlan: (block, plan) => plans.push([block, plan]),
    logger: recordingLogger(log),
    warn: (message) => log.push(`ignored: ${message}`),
  })
  expect(left, "replies that nothing asked for").toEqual([])
  const { state } = toJs(outcome.document) as { state: Record<string, unknown> }
  return {
    sent,
    log,
    plans,
    state,
    assignments: outcome.assignments,
    get bodies() {
      return sent.map(({ body }) => JSON.parse(body))
    },
    failures: outcome.failures.map(({ code, message }) => `${code} ${message}`),
    hints: outcome.failures.map(({ hint }) => hint),
  }
}

export function recordingLogger(lines: string[]): Logger {
  const log = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  return { error: log("error"), warn: log("warn"), info: log("info"), debug: log("debug") }
}

/** The error that an action ends with, as `CODE message (hint)`. */
export async function errorOf(action: () => unknown): Promise<string> {
  try {
    await action()
  } catch (error) {
    if (error instanceof StateError) return `${error.code} ${error.message}${error.hint ? ` (${error.hint})` : ""}`
    throw error
  }
  return "no error"
}

export const SLACK_HEADERS = [
  ["Content-Type", "application/json; charset=UTF-8"],
  ["Accept", "*/*"],
  ["Cache-Control", "no-cache"],
]
export const SLACK_HEADERS_WITH_TOKEN = [...SLACK_HEADERS, ["Authorization", `Bearer ${SECRETS.slack.token}`]]
/** What the blocks of an event decide, when nothing fails. */
export const plansOf = async (event: object, more: Omit<Parameters<typeof runEvent>[0], "event"> = {}) => {
  const { plans, failures } = await runEvent({ event, isDry: true, ...more })
  expect(failures).toEqual([])
  return plans.map(([, plan]) => plan)
}
export const failuresOf = async (event: object, more: Omit<Parameters<typeof runEvent>[0], "event"> = {}) =>
  (await runEvent({ event, ...more })).failures
export const withTemplate = (kind: string, template: string) => ({
  ...CONFIG,
  templates: { ...CONFIG.templates, [kind]: template },
})
