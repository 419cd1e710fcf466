/** What the handlers that post to Slack have in common. */
import type { ValueMap } from "../../data/value.js"
import { type CaptureRule, captureRules } from "./capture.js"
import type { EventConfig } from "./event-config.js"
import type { Plan } from "./handler.js"

interface SlackPost {
  readonly url: string
  readonly body: string
  readonly token: string | undefined
  readonly capture: readonly CaptureRule[]
  /** See OutgoingRequest. */
  readonly repeatable: boolean
}

export const slackPost = ({ url, body, token, capture, repeatable }: SlackPost): Plan => ({
  kind: "post",
  request: {
    url,
    headers: [
      ["Content-Type", "application/json; charset=UTF-8"],
      ["Accept", "*/*"],
      ["Cache-Control", "no-cache"],
      ...(token === undefined ? [] : [["Authorization", `Bearer ${token}`] as const]),
    ],
    body,
    repeatable,
  },
  capture,
  secretHeaders: ["Authorization"],
  isSlack: true,
})

/** The config's rules for replies to such requests, then the block's own. */
export const captureOf = (kind: string, block: ValueMap, config: EventConfig): readonly CaptureRule[] => [
  ...config.autoCapture(kind),
  ...captureRules(block.get("capture-response-data"), "capture-response-data"),
]
