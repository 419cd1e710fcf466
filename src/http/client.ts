/**
 * ofetch with a connection of its own for each exchange. None is kept for the next one: the server may have closed it by
 * then, and it could not be told what became of the request; and one that is given up while connecting would keep the
 * process alive for another ten seconds.
 */
import type { $Fetch } from "ofetch"
import type { Agent, Dispatcher } from "undici"
import type { HttpProxy } from "./proxy.js"

export interface Client {
  readonly fetch: $Fetch
  /** The agent behind it; undefined where Node's own cannot be had. */
  readonly dispatcher: Dispatcher | undefined
  /** Drops the connection. */
  close(): void
}

/** Node's own fetch, or that of undici through a proxy: an agent works for sure only with the fetch it comes with. */
export async function openClient(proxy: HttpProxy | undefined, timeoutMs: number): Promise<Client> {
  // First, as it wakes Node's fetch: else undici would make its own agent the default one of both.
  const { createFetch, ofetch } = await import("ofetch")
  if (proxy === undefined) return client(ofetch, ownAgent(timeoutMs))
  const { fetch, Headers, ProxyAgent } = await import("undici")
  const { authorization: token } = proxy
  const agent = new ProxyAgent({
    ...settings(timeoutMs),
    uri: proxy.url.href,
    // Only https through a tunnel: a plain request is passed on by the proxy, as with curl and Python's requests.
    proxyTunnel: false,
    ...(token !== undefined && { token }),
  })
  // Their types are of another version than those of Node's fetch.
  return client(createFetch({ fetch: fetch as never, Headers: Headers as never, AbortController }), agent)
}

const client = (fetch: $Fetch, dispatcher: Dispatcher | undefined): Client => ({
  fetch,
  dispatcher,
  close: () => void dispatcher?.destroy().catch(() => {}),
})

/** The time-out is the caller's signal; those of the agent must not come first. `pipelining: 0` is "Connection: close". */
const settings = (timeoutMs: number) => ({
  pipelining: 0,
  connect: { timeout: timeoutMs },
  headersTimeout: 0,
  bodyTimeout: 0,
})

/** Under this name Node's fetch and undici share their default agent, which is there once anything of fetch is used. */
const DEFAULT_AGENT = Symbol.for("undici.globalDispatcher.1")

/** An agent of Node's own class, which can only be had by way of the default one; unless that one was replaced. */
function ownAgent(timeoutMs: number): Dispatcher | undefined {
  new Headers()
  const AgentClass = (globalThis as { [DEFAULT_AGENT]?: { constructor: typeof Agent } })[DEFAULT_AGENT]?.constructor
  return AgentClass?.name === "Agent" ? new AgentClass(settings(timeoutMs)) : undefined
}
