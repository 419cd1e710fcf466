/** Whether a request has gone out: the diagnostics channels that undici reports to. */
import { AsyncLocalStorage } from "node:async_hooks"
import { subscribe } from "node:diagnostics_channel"

/** Turns true as the first bytes of the request are written to a connection that stands, TLS included. */
export interface Sent {
  yes: boolean
}

/** Runs an exchange and keeps `sent` up to date. */
export function watchSending<T>(sent: Sent, work: () => Promise<T>): Promise<T> {
  if (!isSubscribed) subscribeOnce()
  return current.run(sent, work)
}

const current = new AsyncLocalStorage<Sent>()
const requests = new WeakMap<object, Sent>()
let isSubscribed = false

function subscribeOnce(): void {
  isSubscribed = true
  subscribe("undici:request:create", (message) => {
    const { request } = message as { request: { method: string } }
    const sent = current.getStore()
    // What asks a proxy for a tunnel is not the request.
    if (sent && request.method !== "CONNECT") requests.set(request, sent)
  })
  subscribe("undici:client:sendHeaders", (message) => {
    const sent = requests.get((message as { request: object }).request)
    if (sent) sent.yes = true
  })
}
