/**
 * The part of the fetch standard that a delivery needs, on node:http: what Node's own fetch loads and compiles for a
 * first request takes longer than all else of a command. It also tells for sure whether the request went out.
 */
import type { IncomingMessage } from "node:http"
import type { Readable } from "node:stream"
import type { Sent } from "./sent.js"

export interface FetchOptions {
  readonly method: string
  readonly headers: HeaderMap
  readonly body?: string | Uint8Array | undefined
  readonly signal: AbortSignal
}

/** What is used of a `Response`. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** Decompressed; undefined where the standard allows none. */
  readonly body: Readable | undefined
}

/** Names and values as they were given; what fetch's `Headers` would send in small letters. */
export class HeaderMap extends Map<string, string> {
  constructor(init: Iterable<readonly [string, string]> | Readonly<Record<string, string>> = []) {
    super(Symbol.iterator in init ? init : Object.entries(init))
  }
}

/** @param sent turns true when the connection stands, TLS included: from then on the request goes out */
export async function nodeFetch(url: string, options: FetchOptions, sent: Sent): Promise<FetchResponse> {
  const { method, headers, body, signal } = options
  const isTls = url.startsWith("https:")
  const { request } = isTls ? await import("node:https") : await import("node:http")
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    // An own connection, which ends with the reply: see client.ts.
    const outgoing = request(url, { method, headers: Object.fromEntries(headers), agent: false, signal })
    outgoing.on("socket", (socket) => {
      socket.once(isTls ? "secureConnect" : "connect", () => {
        sent.yes = true
      })
    })
    outgoing.once("response", resolve).once("error", reject)
    outgoing.end(body)
  })
  return {
    status: message.statusCode ?? 0,
    headers: { get: (name) => headerOf(message, name) },
    body: await decompressed(message),
  }
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name]
  return Array.isArray(value) ? value.join(", ") : (value ?? null)
}

/** Nobody is asked to compress, but some do. */
async function decompressed(message: IncomingMessage): Promise<Readable> {
  const encoding = headerOf(message, "content-encoding")?.trim().toLowerCase()
  if (encoding === undefined || encoding === "identity") return message
  const { createBrotliDecompress, createUnzip } = await import("node:zlib")
  const { pipeline } = await import("node:stream")
  const decoder = encoding === "br" ? createBrotliDecompress() : createUnzip()
  // The reader of the decoder hears what breaks it.
  return pipeline(message, decoder, () => {})
}
