import type { Value, ValueMap } from "../../data/value.js"
import { requireKey } from "./blocks.js"
import type { EventHandler, PlanContext } from "./handler.js"
import { slackPost } from "./slack-post.js"

/**
 * `respond`: a message to the url that the block names, such as the `response_url` of a Slack button. A blank message
 * or url sends nothing. Slack's own urls for answers need no token.
 */
export const respond: EventHandler = {
  blockKey: "message",
  keys: ["url"],
  scopeKey: "respond",
  plan(block, { config, policy, render, renderBody }) {
    const url = render(requireKey(block, "url"), "url").trim()
    const message = render(requireKey(block, "message"), "message").trim()
    if (url === "" || message === "") {
      return { kind: "skip", reason: `its ${url === "" ? "url" : "message"} is blank` }
    }
    const isTrusted = policy.respondToken === "everywhere" || config.leadsToSlackUrl(url)
    const self = renderOthers(new Map(block).set("message", message), render)
    return slackPost({
      url,
      body: renderBody("respond", { self }),
      token: isTrusted ? config.slackToken() : undefined,
      capture: [],
      repeatable: true,
    })
  },
}

const KEPT = new Set(["url", "if", "enabled", "message"])

/** Every other key is a template as well and sees those before it rendered; null, lists and maps stay what they are. */
function renderOthers(block: ValueMap, render: PlanContext["render"]): ValueMap {
  const isTemplate = (key: string, value: Value) => !KEPT.has(key) && value !== null && typeof value !== "object"
  return [...block].reduce<ValueMap>(
    (self, [key, value]) => (isTemplate(key, value) ? new Map(self).set(key, render(value, key, { self })) : self),
    block,
  )
}
