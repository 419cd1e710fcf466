/** The contract of event handlers: each decides what is to be done with one block; the loop in dispatch.ts does it. */
import type { Value, ValueMap } from "../../data/value.js"
import type { Assignment } from "../assignment.js"
import type { OutgoingRequest } from "../ports.js"
import type { CaptureRule } from "./capture.js"
import type { EventConfig } from "./event-config.js"
import type { EventPolicy } from "./policy.js"

export interface EventHandler {
  /** The key whose presence makes the handler's config one unnamed block; without it, it is a map of named blocks. */
  readonly blockKey: string
  /** The other keys that mean something in a block, beside `if` and `enabled`. */
  readonly keys: readonly string[]
  /** The name under which templates see the block. */
  readonly scopeKey: string
  /**
   * Decides; reaches nothing outside.
   * @throws StateError TEMPLATE, CONFIG_INVALID, LIMIT_EXCEEDED, PATH_NOT_FOUND
   */
  plan(block: ValueMap, context: PlanContext): Plan | Promise<Plan>
}

export interface PlanContext {
  /** As earlier blocks left it. */
  readonly document: ValueMap
  readonly config: EventConfig
  readonly policy: Pick<EventPolicy, "respondToken" | "triggerName">
  /** Renders the template at a key of the block. A number or boolean is taken as its text. */
  render(template: Value, key: string, scope?: BlockScope): string
  /** Renders the config's body template of a kind. */
  renderBody(kind: string, scope: BlockScope): string
}

/** What a template of a block sees beside the document. */
export interface BlockScope {
  /** What stands for the block itself; default: the block as it is written. */
  readonly self?: ValueMap
  readonly names?: ReadonlyMap<string, Value>
  /** False keeps the macros of the app file, which are not trusted, away from what the names hold. */
  readonly hasMacros?: boolean
}

export type Plan =
  | { readonly kind: "skip"; readonly reason: string }
  | { readonly kind: "assign"; readonly assignments: readonly Assignment[] }
  | {
      readonly kind: "post"
      readonly request: OutgoingRequest
      /** What the reply changes. */
      readonly capture: readonly CaptureRule[]
      /** Names of the headers that secrets went into, not to be shown. */
      readonly secretHeaders: readonly string[]
      /** Whether the request and its reply follow Slack's rules. */
      readonly isSlack: boolean
    }

/** One block of an event, in the order of the file. */
export interface Block {
  /** Name of the handler. */
  readonly handler: string
  /** For messages: `notify`, or `notify.NAME` for a named block. */
  readonly label: string
  /** Where it stands in the document, for errors. */
  readonly place: string
  readonly config: ValueMap
}
