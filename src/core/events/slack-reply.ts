/** Slack's replies: it answers 200 also when it refuses, with `ok: false` and a word for why (docs.slack.dev, chat.postMessage). */
import { isList, isMap, type Value } from "../../data/value.js"

export interface SlackRefusal {
  /** What the word means, behind the word. */
  readonly reason: string
  /** What to do about it. */
  readonly hint: string
}

/** Why Slack did not do what was asked, or undefined when it did or the reply is not of its kind. */
export function slackRefusal(reply: Value | undefined): SlackRefusal | undefined {
  if (!isMap(reply) || reply.get("ok") !== false) return undefined
  const word = reply.get("error")
  const { reason, hint } = explain(typeof word === "string" ? word : "")
  const details = [
    ...textsOf(reply.get("needed")).map((scope) => `needed: ${scope}`),
    ...textsOf(mapValue(reply.get("response_metadata"), "messages")),
  ]
  return { reason: [reason, ...details].join("; ").slice(0, MAX_REASON), hint }
}

/** As {@link slackRefusal}, of the plain word that a webhook answers with a status of 4xx. */
export function webhookRefusal(body: string): SlackRefusal | undefined {
  const word = body.trim()
  return Object.hasOwn(MEANINGS, word) ? explain(word) : undefined
}

/** What Slack did, but not gladly: `warning` and `response_metadata.warnings`. */
export function slackWarnings(reply: Value | undefined): readonly string[] {
  if (!isMap(reply)) return []
  const words = [...textsOf(reply.get("warning")), ...textsOf(mapValue(reply.get("response_metadata"), "warnings"))]
  return [...new Set(words.flatMap((text) => text.split(",")))]
    .slice(0, MAX_WARNINGS)
    .map((word) => word.trim().slice(0, MAX_REASON))
}

/** A reply is not trusted to be short. */
const MAX_REASON = 400
const MAX_WARNINGS = 10

function explain(word: string): SlackRefusal {
  const [meaning, hint] = (Object.hasOwn(MEANINGS, word) ? MEANINGS[word] : undefined) ?? [
    "",
    "See Slack's documentation of the method for this error.",
  ]
  const name = /^[\w.-]{1,80}$/.test(word) ? word : "an error without a name"
  return { reason: `Slack says ${name}${meaning && `: ${meaning}`}`, hint }
}

const TOKEN_HINT = "Put the bot's current token (xoxb-...) into slack.token of the secrets file."
const BLOCKS_HINT = "Look at the body with --dry-run and try it in Slack's Block Kit Builder."
const URL_HINT = "Slack takes 5 answers within 30 minutes on such a url; notify has no such limit."

const MEANINGS: Readonly<Record<string, readonly [meaning: string, hint: string]>> = {
  account_inactive: ["the token's user or workspace is gone", TOKEN_HINT],
  cannot_reply_to_message: ["this message takes no replies in a thread", "Check the thread_ts of the body."],
  channel_is_archived: ["the channel is archived", "Unarchive it, or send to another one."],
  channel_not_found: [
    "there is no such channel, or it is private and the bot is not in it",
    "Check the channel of the body (an id like C0123 is surest), and invite the bot: /invite @BOT.",
  ],
  expired_url: ["the url of the answer has expired", URL_HINT],
  fatal_error: ["Slack failed, possibly after it posted the message", "Look into the channel before you send again."],
  internal_error: [
    "Slack failed, possibly after it posted the message",
    "Look into the channel before you send again.",
  ],
  invalid_auth: ["the token is not valid", TOKEN_HINT],
  invalid_blocks: ["the blocks are not as Slack wants them", BLOCKS_HINT],
  invalid_blocks_format: ["the blocks are no list in JSON", BLOCKS_HINT],
  invalid_json: ["the body is not JSON", "Look at it with --dry-run."],
  invalid_payload: ["the body is not what a webhook takes", "Look at it with --dry-run."],
  is_archived: ["the channel is archived", "Unarchive it, or send to another one."],
  json_not_object: ["the body is JSON, but no map", "Look at it with --dry-run."],
  missing_scope: [
    "the token lacks a permission",
    "Add the scope to the app (usually chat:write), install it again, and use the new token.",
  ],
  msg_blocks_too_long: ["the blocks hold too much text", "Shorten them, or send more than one message."],
  msg_too_long: ["the text is too long", "Keep it below 40,000 characters, or send more than one message."],
  no_service: ["there is no such webhook any more", "Make a new one and put its url into slack.url."],
  no_text: ["the body has neither text nor blocks", "Look at it with --dry-run."],
  not_authed: ["there was no token", TOKEN_HINT],
  not_in_channel: ["the bot is not in the channel", "Invite it there: /invite @BOT."],
  ratelimited: [
    "too many messages in a short time",
    "Wait a little; Slack takes about one message per second and channel.",
  ],
  rate_limited: [
    "too many messages in a short time",
    "Wait a little; Slack takes about one message per second and channel.",
  ],
  restricted_action: ["the workspace does not allow this", "Ask an administrator of the workspace."],
  team_access_not_granted: ["the app is not approved for this workspace", "Ask an administrator of the workspace."],
  token_expired: ["the token has expired", TOKEN_HINT],
  token_revoked: ["the token was revoked", TOKEN_HINT],
  used_url: ["the url of the answer is used up", URL_HINT],
}

const mapValue = (holder: Value | undefined, key: string): Value | undefined =>
  isMap(holder) ? holder.get(key) : undefined

function textsOf(value: Value | undefined): readonly string[] {
  if (typeof value === "string") return value === "" ? [] : [value]
  return value !== undefined && isList(value) ? value.filter((item) => typeof item === "string") : []
}
