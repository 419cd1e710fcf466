/** Sends what a block planned and says what became of it, in one line. */
import { DataError } from "../../data/data-error.js"
import { parseJson } from "../../data/json.js"
import type { Value } from "../../data/value.js"
import { StateError } from "../../errors.js"
import type { Delivery, Logger, Send } from "../ports.js"
import { urlProblem } from "../request-url.js"
import { maskBody } from "../secrets.js"
import type { Plan } from "./handler.js"
import type { EventPolicy } from "./policy.js"
import { slackRefusal, slackWarnings, webhookRefusal } from "./slack-reply.js"

type Post = Extract<Plan, { kind: "post" }>

export type DeliveryResult =
  /** `reply` is undefined when it is no JSON: empty, a page, too large. */
  | { readonly delivered: true; readonly reply: Value | undefined }
  /** `answered`: the other side did answer, but not with success. */
  | { readonly delivered: false; readonly answered: boolean; readonly error: StateError }

export interface DeliverOptions {
  /** Of the block, for the log and errors. */
  readonly label: string
  readonly send: Send
  readonly policy: Pick<EventPolicy, "lostBody">
  readonly logger: Logger
}

export async function deliver(post: Post, { label, send, policy, logger }: DeliverOptions): Promise<DeliveryResult> {
  const { request, isSlack } = post
  const target = targetOf(request.url)
  logger.debug(`${label}: body: ${maskBody(request.body, jsonOf(request.body))}`)
  const delivery = await send(request)
  const effort = `${delivery.tries === 1 ? "1 try" : `${delivery.tries} tries`}, ${delivery.durationMs} ms`
  const failed = (reason: string, hint?: string): DeliveryResult => ({
    delivered: false,
    answered: delivery.outcome === "answered",
    error: new StateError("DELIVERY_FAILED", `${label}: not delivered to ${target}: ${reason} (${effort})`, { hint }),
  })
  if (delivery.outcome === "unanswered") return failed(unansweredReason(delivery), undefined)
  const reply = jsonOf(delivery.body)
  if (delivery.body !== undefined) logger.debug(`${label}: reply: ${maskBody(delivery.body, reply)}`)
  const refusal = isSlack ? refusalOf(delivery, reply) : undefined
  const isLost = isBodyLost(delivery) && policy.lostBody === "fail"
  if (!isSuccess(delivery.status) || refusal || isLost)
    return failed(answeredReason(delivery, refusal?.reason), refusal?.hint ?? hintOf(delivery))
  logger.info(`${label}: delivered to ${target}: status ${delivery.status} (${effort})`)
  if (isSlack) for (const warning of slackWarnings(reply)) logger.warn(`${label}: Slack warns: ${warning}`)
  if (isBodyLost(delivery)) logger.warn(`${label}: ${answeredReason(delivery, undefined)} (${FINAL_URL})`)
  if (reply === undefined && post.capture.length > 0) {
    if (delivery.body !== undefined) logger.info(`${label}: the reply is not JSON; nothing is captured from it`)
    else logger.warn(`${label}: the reply is larger than allowed (http.maxReplyBytes); nothing is captured from it`)
  }
  return { delivered: true, reply }
}

type Answered = Extract<Delivery, { outcome: "answered" }>

const isSuccess = (status: number) => status >= 200 && status < 300

const refusalOf = ({ status, body }: Answered, reply: Value | undefined) =>
  slackRefusal(reply) ?? (status >= 400 && status < 500 ? webhookRefusal(body ?? "") : undefined)

const isBodyLost = ({ fetched }: Answered) => fetched !== undefined && fetched.redirect !== 303

const MAY_HAVE_ARRIVED = "it may have been delivered"

const unansweredReason = ({ reason, mayHaveArrived }: Extract<Delivery, { outcome: "unanswered" }>) =>
  mayHaveArrived ? `${reason}; ${MAY_HAVE_ARRIVED}` : reason

/** A gateway's 502 and 504 do not tell whether what is behind it has acted. */
const answeredReason = ({ status, mayHaveArrived, fetched }: Answered, refusal: string | undefined) =>
  [
    `status ${status}${fetched ? ` of a GET at ${fetched.origin}, to which a redirect (${fetched.redirect}) led without the body` : ""}`,
    ...(refusal ? [refusal] : []),
    ...(status === 502 || status === 504 || mayHaveArrived ? [MAY_HAVE_ARRIVED] : []),
  ].join("; ")

const FINAL_URL = "Give the url to which the redirect leads, if it takes a POST."

function hintOf({ status, fetched }: Answered): string | undefined {
  if (fetched) return FINAL_URL
  if (status === 401 || status === 403) return "Check the token in the secrets file."
  if (status === 404) return "Check the url."
  if (status >= 300 && status < 400) return "Check the url: it leads elsewhere."
  return undefined
}

/** Why nothing can be sent, as far as the url tells it, which a dry run sees as well; undefined when nothing does. */
export function undeliverable({ request: { url } }: Post, label: string): StateError | undefined {
  const problem = urlProblem(url)
  if (problem === undefined) return undefined
  return new StateError("DELIVERY_FAILED", `${label}: not delivered to ${targetOf(url)}: ${problem}`)
}

/** Scheme and host only: paths of webhooks and queries are secrets. A url like `file:` has no host. */
export function targetOf(url: string): string {
  try {
    const { origin, protocol } = new URL(url)
    return origin === "null" ? `a ${protocol} url` : origin
  } catch {
    return "an invalid url"
  }
}

/** The value of a text in JSON; undefined when it is none. */
export function jsonOf(body: string | undefined): Value | undefined {
  try {
    return body === undefined ? undefined : parseJson(body)
  } catch (error) {
    if (error instanceof DataError) return undefined
    throw error
  }
}
