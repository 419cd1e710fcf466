/** Runs an event: block after block, each deciding on the document as the ones before it left it. */
import { isTruthy, pythonStr } from "../../data/python.js"
import type { Value, ValueMap } from "../../data/value.js"
import { StateError } from "../../errors.js"
import { type Assignment, applyAssignments } from "../assignment.js"
import type { Logger, Renderer, Send, TemplateInput } from "../ports.js"
import type { TemplateVariable } from "../scope.js"
import { blocksOf, type EventName, findEvent, noSuchEvent, showEventName } from "./blocks.js"
import { checkBody } from "./body-check.js"
import { type CaptureRule, capture } from "./capture.js"
import { deliver, undeliverable } from "./delivery.js"
import type { EventConfig } from "./event-config.js"
import type { Block, BlockScope, EventHandler, Plan, PlanContext } from "./handler.js"
import { handlers } from "./handlers.js"
import type { EventPolicy } from "./policy.js"

export interface EventInput {
  readonly document: ValueMap
  readonly name: EventName
  readonly variables: readonly TemplateVariable[]
  readonly config: EventConfig
  readonly policy: EventPolicy
  readonly renderer: Renderer
  /** Undefined in a dry run: then nothing is sent, and nothing captured. */
  readonly send: Send | undefined
  /** Is told what each block is about to do. */
  readonly onPlan?: ((block: Block, plan: Plan) => void) | undefined
  readonly logger: Logger
  /** Is told what assignments ignore or replace. */
  readonly warn: (message: string) => void
}

export interface EventOutcome {
  /** What the blocks that succeeded assign, in order. */
  readonly assignments: readonly Assignment[]
  /** The label of the block that each of them is from. */
  readonly labels: ReadonlyMap<Assignment, string>
  /** The document with these assignments. */
  readonly document: ValueMap
  /** What fails the event, one error for each thing that failed. */
  readonly failures: readonly StateError[]
}

/**
 * Every block runs, whatever became of those before it. One that fails before it sends changes nothing; of one whose
 * reply is captured from, the rules that succeed count.
 * @throws StateError PIPELINE_NOT_FOUND, EVENT_NOT_FOUND, CONFIG_INVALID: before anything is sent
 */
export async function dispatchEvent(input: EventInput): Promise<EventOutcome> {
  const { name, policy, logger } = input
  const event = findEvent(input.document, name)
  if (!event && policy.unknownEvent === "refuse") throw noSuchEvent(input.document, name)
  const options = { handlers, unknownHandler: policy.unknownHandler, info: logger.info, warn: logger.warn }
  const blocks = event ? blocksOf(event, name, options) : []
  if (event && blocks.length === 0) logger.info(`${showEventName(name)} has nothing to run`)
  const run: Run = { ...input, assignments: [], labels: new Map(), failures: [] }
  for (const block of blocks) await runBlock(run, block)
  return run
}

/** An event under way: what there is so far. */
interface Run extends EventInput {
  document: ValueMap
  readonly assignments: Assignment[]
  readonly labels: Map<Assignment, string>
  readonly failures: StateError[]
}

async function runBlock(run: Run, block: Block): Promise<void> {
  await attempt(run, block, async () => {
    const plan = await decide(run, block, handlers[block.handler]!)
    run.onPlan?.(block, plan)
    if (plan.kind === "skip") run.logger.info(`${block.label}: skipped, ${plan.reason}`)
    else if (plan.kind === "assign") assign(run, block, plan.assignments)
    else await post(run, block, plan)
  })
}

/**
 * What is wrong with one block is kept for the end.
 * @param said before the error, and behind its hint
 */
async function attempt(
  run: Run,
  block: Block,
  action: () => void | Promise<void>,
  { before, behind }: { readonly before: string; readonly behind: string } = { before: "", behind: "" },
): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!(error instanceof StateError)) throw error
    const { code, message, hint, excerpt } = error
    const details = { hint: hint && `${hint}${behind}`, excerpt, cause: error }
    run.failures.push(new StateError(code, `${block.label}: ${before}${message}`, details))
  }
}

async function decide(run: Run, block: Block, handler: EventHandler): Promise<Plan> {
  const { renderer, document, variables } = run
  const input = (name: string, { self = block.config, names, hasMacros = true }: BlockScope = {}) => ({
    document: hasMacros ? document : withoutMacros(document),
    variables,
    name,
    names: new Map<string, Value>([[handler.scopeKey, self], ...(names ?? [])]),
  })
  const holds = ifHolds(run, block, input(`${block.place}.if`))
  if (!holds) return { kind: "skip", reason: 'its "if" is blank' }
  const context: PlanContext = {
    document,
    config: run.config,
    policy: run.policy,
    render: (template, key, scope) => renderer.render(pythonStr(template), input(`${block.place}.${key}`, scope)),
    renderBody: (kind, scope) => renderer.render(run.config.template(kind), input(`templates.${kind}`, scope)),
  }
  return handler.plan(block.config, context)
}

/** Any text counts, also white space and what Python calls false. */
function ifHolds({ renderer, logger }: Run, { label, config }: Block, input: TemplateInput): boolean {
  const condition = config.get("if")
  if (condition === undefined) return true
  const template = pythonStr(condition)
  const text = isTruthy(condition) ? renderer.condition(template, input) : ""
  if (text === "") return false
  if (typeof condition === "string" && LIKE_FALSE.includes(text.trim()))
    logger.warn(`${label}: its "if" renders to "${text}", which is not blank, so that it holds (${IF_HINT})`)
  return true
}

const LIKE_FALSE = ["False", "None", "0", "false", "null"]
const IF_HINT = "write {% if ... %}yes{% endif %} for a condition"

function withoutMacros(document: ValueMap): ValueMap {
  const others = new Map(document)
  others.delete("jinja2Macros")
  return others
}

function assign(run: Run, block: Block, assignments: readonly Assignment[]): void {
  apply(run, block, assignments)
  if (run.send) run.logger.info(`${block.label}: ${assignments.length} set`)
}

function apply(run: Run, { label }: Block, assignments: readonly Assignment[]): void {
  run.document = applyAssignments(run.document, assignments, run.warn)
  for (const assignment of assignments) {
    run.assignments.push(assignment)
    run.labels.set(assignment, label)
  }
}

async function post(run: Run, block: Block, plan: Extract<Plan, { kind: "post" }>): Promise<void> {
  const warn = (message: string) => run.logger.warn(`${block.label}: ${message}`)
  const { bodyNotJson } = run.policy
  checkBody(plan.request.body, plan.isSlack, { bodyNotJson, strictLimits: run.config.strictLimits, warn })
  const error = undeliverable(plan, block.label)
  if (error) return undelivered(run, { error, answered: false })
  if (!run.send) return
  const result = await deliver(plan, { ...run, label: block.label, send: run.send })
  if (!result.delivered) return undelivered(run, result)
  const { reply } = result
  if (reply !== undefined && plan.capture.length > 0) await captureReply(run, block, plan.capture, reply)
}

function undelivered(run: Run, { error, answered }: { readonly error: StateError; readonly answered: boolean }): void {
  const { deliveryFailure } = run.policy
  if (deliveryFailure === "fail" || (deliveryFailure === "unanswered" && !answered)) run.failures.push(error)
  else if (deliveryFailure === "warn") run.logger.warn(withHint(error))
  else run.logger.error(withHint(error))
}

/** All rules see the document as it was before the reply; what one of them fails at does not undo the others. */
async function captureReply(run: Run, block: Block, rules: readonly CaptureRule[], reply: Value): Promise<void> {
  const { renderer, document } = run
  const names = new Map([["body", reply]])
  const made: Assignment[] = []
  const attemptRule = (action: () => void) => attempt(run, block, action, NOT_CAPTURED)
  for (const rule of rules) {
    await attemptRule(() => {
      const assignments = capture(rule, (template, name) => renderer.render(template, { document, names, name }))
      if (assignments.length === 0)
        run.logger.debug(`${block.label}: ${rule.place} is blank: nothing is captured by it`)
      made.push(...assignments)
    })
  }
  for (const assignment of made) {
    await attemptRule(() => apply(run, block, [assignment]))
  }
}

const NOT_CAPTURED = {
  before: "delivered, but not all is captured: ",
  behind: " --log-level debug shows the reply.",
}

/** An error as one line of the log. */
export const withHint = ({ message, hint }: StateError) => (hint ? `${message} (${hint})` : message)
