/**
 * The part of the fetch standard that a delivery needs, on node:http: what Node's own fetch loads and compiles for a
 * first request takes longer than all else of a command. It also tells for sure whether the request went out.
 */
import type { IncomingMessage } from "node:http"
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
  /** Decompressed. */
  readonly body: AsyncIterable<Uint8Array>
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
    outgoing.once("response", resolve).on("error", reject)
    // A reply that changes the protocol (101) is no response to Node, and no error either.
    outgoing.once("close", () => reject(Object.assign(new Error("no reply"), { code: "ECONNRESET" })))
    outgoing.end(body)
  })
  return {
    status: message.statusCode ?? 0,
    headers: { get: (name) => headerOf(message, name) },
    body: decompressed(message, headerOf(message, "content-encoding")?.trim().toLowerCase() ?? ""),
  }
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name]
  return Array.isArray(value) ? value.join(", ") : (value ?? null)
}

/** Nobody is asked to compress, but some do; what calls itself otherwise is read as it is. */
function decompressed(message: IncomingMessage, encoding: string): AsyncIterable<Uint8Array> {
  return ["gzip", "x-gzip", "deflate", "br"].includes(encoding) ? decompress(message, encoding) : message
}

async function* decompress(message: IncomingMessage, encoding: string): AsyncGenerator<Uint8Array> {
  const chunks = message[Symbol.asyncIterator]()
  const first = await chunks.next()
  // A reply without a body may say how it would be compressed.
  if (first.done) return
  const { createBrotliDecompress, createInflateRaw, createUnzip } = await import("node:zlib")
  const { pipeline, Readable } = await import("node:stream")
  // "deflate" is meant to have zlib's header, whose first byte ends in 8; some leave it out.
  const isRaw = encoding === "deflate" && (first.value[0] & 0x0f) !== 8
  const decoder = encoding === "br" ? createBrotliDecompress() : isRaw ? createInflateRaw() : createUnzip()
  const source = Readable.from(
    (async function* () {
      yield first.value
      yield* chunks
    })(),
  )
  // The reader of the decoder hears what breaks it.
  yield* pipeline(source, decoder, () => {})
}
