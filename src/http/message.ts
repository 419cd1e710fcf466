/** A request as HTTP can carry it, checked before anything goes out. */
import type { OutgoingRequest } from "../core/ports.js"
import { urlProblem } from "../core/request-url.js"
import { DeliveryFailure } from "./failure.js"

export interface Message {
  readonly method: "POST" | "GET"
  readonly url: URL
  /** By name in small letters; the names as they are sent. */
  readonly headers: ReadonlyMap<string, readonly [name: string, value: string]>
  readonly body: Uint8Array | undefined
}

/**
 * The body as UTF-8, the headers as given; of several of one name the last one counts. A User-Agent is added.
 * @throws DeliveryFailure naming what is wrong with the URL or a header, and no values
 */
export function prepare({ url, headers, body }: OutgoingRequest): Message {
  const all: OutgoingRequest["headers"] = [["User-Agent", `cicdstatemgr/${__VERSION__}`], ...headers]
  for (const [name, value] of headers) checkHeader(name, value)
  return {
    method: "POST",
    url: parseUrl(url),
    headers: new Map(all.map((header) => [header[0].toLowerCase(), header])),
    body: new TextEncoder().encode(body),
  }
}

function parseUrl(text: string): URL {
  const problem = urlProblem(text)
  if (problem !== undefined) throw new DeliveryFailure(problem)
  return new URL(text)
}

/** Headers that belong to the connection, or would contradict what is sent. */
const OWN_NAMES = [
  ...["connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection"],
  ...["te", "trailer", "transfer-encoding", "upgrade"],
]

// Tokens of RFC 9110, and the bytes of a field value there, which are read as Latin-1.
const NAME = /^[!#$%&'*+\-.^_`|~\w]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function checkHeader(name: string, value: string): void {
  const quoted = JSON.stringify(name)
  if (!NAME.test(name)) throw new DeliveryFailure(`${quoted} cannot be the name of a header`)
  if (OWN_NAMES.includes(name.toLowerCase())) {
    throw new DeliveryFailure(`the header ${quoted} is set by the connection itself: remove it`)
  }
  if (/[\r\n]/.test(value)) throw new DeliveryFailure(`the value of the header ${quoted} has a line break`)
  if (!VALUE.test(value)) {
    throw new DeliveryFailure(`the value of the header ${quoted} has a character that no header can carry`)
  }
}
