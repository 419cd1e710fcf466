/**
 * ofetch with a connection of its own for each exchange. None is kept for the next one: the server may have closed it by
 * then, and it could not be told what became of the request.
 */
import type { $Fetch } from "ofetch"
import { type FetchOptions, HeaderMap, nodeFetch } from "./node-fetch.js"
import type { HttpProxy } from "./proxy.js"
import { type Sent, watchSending } from "./sent.js"

export interface Client {
  readonly fetch: $Fetch
  /** Runs an exchange; `sent` turns true as its request goes out. */
  watch<T>(work: () => Promise<T>): Promise<T>
  /** Drops the connection. */
  close(): void
}

export interface ClientOptions {
  readonly proxy: HttpProxy | undefined
  readonly timeoutMs: number
  readonly sent: Sent
}

export async function openClient({ proxy, timeoutMs, sent }: ClientOptions): Promise<Client> {
  const { createFetch } = await import("ofetch")
  if (proxy) return proxyClient(createFetch, { proxy, timeoutMs, sent })
  const fetch = (url: string, options: FetchOptions) => nodeFetch(url, options, sent)
  return {
    // The part of fetch that ofetch uses.
    fetch: createFetch({ fetch: fetch as never, Headers: HeaderMap as never, AbortController }),
    watch: (work) => work(),
    close: () => {},
  }
}

type CreateFetch = typeof import("ofetch").createFetch

/** undici's fetch, as its agent knows proxies and tunnels. */
async function proxyClient(
  createFetch: CreateFetch,
  { proxy, timeoutMs, sent }: ClientOptions & { readonly proxy: HttpProxy },
): Promise<Client> {
  const { fetch, Headers, ProxyAgent } = await import("undici")
  const { authorization: token } = proxy
  const dispatcher = new ProxyAgent({
    // "Connection: close".
    pipelining: 0,
    connect: { timeout: timeoutMs },
    // The time-out is the caller's signal; those of the agent must not come first.
    headersTimeout: 0,
    bodyTimeout: 0,
    uri: proxy.url.href,
    // Only https through a tunnel: a plain request is passed on by the proxy, as with curl and Python's requests.
    proxyTunnel: false,
    ...(token !== undefined && { token }),
  })
  const fetchByProxy = (url: string, options: object) => fetch(url, { ...options, dispatcher })
  return {
    // Their types are of another version than those of Node's fetch.
    fetch: createFetch({ fetch: fetchByProxy as never, Headers: Headers as never, AbortController }),
    watch: (work) => watchSending(sent, work),
    close: () => void dispatcher.destroy().catch(() => {}),
  }
}
