/** Where a reply sends a request on to: the fetch standard and Python's requests agree on all but the headers. */

import { hasCredentials, isHttp } from "../core/request-url.js"
import type { Reply } from "./exchange.js"
import type { Message } from "./message.js"

/** 301, 302 and 303 ask for a GET without the body; 307 and 308 for the same request again. */
const STATUS = [301, 302, 303, 307, 308]

/** All that goes to another origin than the one that the request was made for; what else there is may be secret. */
const HARMLESS = ["accept", "accept-encoding", "cache-control", "content-type", "user-agent"]

/** @returns the next request, why there is none though the reply asks for one, or undefined if it asks for none */
export function redirect(message: Message, { status, location }: Reply): Message | { refusal: string } | undefined {
  if (!STATUS.includes(status) || location === null) return undefined
  const base = message.url.href
  const url = URL.canParse(location, base) ? new URL(location, base) : undefined
  if (url === undefined || !isHttp(url) || hasCredentials(url)) return { refusal: "to an address that cannot be used" }
  if (message.url.protocol === "https:" && url.protocol === "http:") return { refusal: "from https to http" }
  const isSame = url.origin === message.url.origin
  const headers = [...message.headers].filter(([name]) => isSame || HARMLESS.includes(name))
  if (status >= 307) return { ...message, url, headers: new Map(headers) }
  const withoutContent = headers.filter(([name]) => !name.startsWith("content-"))
  return { method: "GET", url, headers: new Map(withoutContent), body: undefined }
}
