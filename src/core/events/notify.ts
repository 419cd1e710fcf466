import { requireKey } from "./blocks.js"
import type { EventHandler } from "./handler.js"
import { captureOf, slackPost } from "./slack-post.js"

/** `notify`: a message to `slack.url`; the reply is captured from. */
export const notify: EventHandler = {
  blockKey: "message",
  keys: ["capture-response-data"],
  scopeKey: "notify",
  plan(block, { config, render, renderBody }) {
    const message = render(requireKey(block, "message"), "message")
    const body = renderBody("notify", { self: new Map(block).set("message", message) })
    return slackPost({
      url: config.slackUrl(),
      body,
      token: config.slackToken(),
      capture: captureOf("notify", block, config),
      repeatable: true,
    })
  },
}
