/** One request and its reply over one connection. */
import { openClient } from "./client.js"
import type { Expiry } from "./expiry.js"
import { failureAt } from "./failure.js"
import type { Message } from "./message.js"
import { type Environment, proxyFor } from "./proxy.js"
import { readBody } from "./reply-body.js"
import type { Sent } from "./sent.js"

export interface Bounds {
  readonly env: Environment
  readonly expiry: Expiry
  readonly maxReplyBytes: number
}

export interface Reply {
  readonly status: number
  readonly location: string | null
  readonly retryAfter: string | null
  /** Undefined when it is larger than allowed; then the rest of it is not read. */
  readonly body: string | undefined
}

/** @throws DeliveryFailure when no reply comes, or not all of it */
export async function exchange(message: Message, { env, expiry, maxReplyBytes }: Bounds): Promise<Reply> {
  const proxy = proxyFor(message.url, env)
  const sent: Sent = { yes: false }
  const { fetch, watch, close } = await openClient({ proxy, timeoutMs: expiry.timeoutMs, sent })
  let status: number | undefined
  try {
    const response = await watch(() =>
      fetch.raw<unknown, "stream">(message.url.href, {
        method: message.method,
        headers: Object.fromEntries(message.headers.values()),
        ...(message.body && { body: message.body }),
        signal: expiry.signal,
        redirect: "manual",
        responseType: "stream",
        retry: false,
        ignoreResponseError: true,
      }),
    )
    status = response.status
    const [location, retryAfter] = [response.headers.get("location"), response.headers.get("retry-after")]
    return { status, location, retryAfter, body: await readBody(response.body, maxReplyBytes) }
  } catch (error) {
    const stage = status !== undefined ? "reading" : sent.yes ? "waiting" : "connecting"
    throw failureAt({ stage, status, expiry, proxy: proxy?.url.host }, error)
  } finally {
    close()
  }
}
