/** Whether the place that requests go to can be reached: a connection, over which nothing is sent. */
import { connect } from "node:net"
import { DeliveryFailure, UNREACHABLE } from "./failure.js"
import { type Environment, proxyFor } from "./proxy.js"

export interface ReachOptions {
  readonly env: Environment
  readonly timeoutMs: number
}

export interface Reach {
  /** Scheme and host of the URL; of the proxy instead, where one stands before it. */
  readonly target: string
  /** Undefined when it can be reached. */
  readonly problem: string | undefined
}

export async function reach(text: string, { env, timeoutMs }: ReachOptions): Promise<Reach> {
  if (!URL.canParse(text)) return { target: "an invalid url", problem: "it is no url" }
  const url = new URL(text)
  try {
    const proxy = proxyFor(url, env)?.url
    const { hostname, port, protocol, origin } = proxy ?? url
    const target = proxy ? `the proxy ${origin} before ${url.origin}` : origin
    const number = Number(port || (protocol === "https:" ? 443 : 80))
    return { target, problem: await problemOf({ host: hostname.replace(/^\[|\]$/g, ""), port: number }, timeoutMs) }
  } catch (error) {
    if (!(error instanceof DeliveryFailure)) throw error
    return { target: url.origin, problem: error.message }
  }
}

const problemOf = (place: { host: string; port: number }, timeoutMs: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(place)
    const end = (problem?: string) => {
      socket.destroy()
      resolve(problem)
    }
    socket.setTimeout(timeoutMs, () => end(`no connection within ${timeoutMs} ms`))
    socket.once("connect", () => end())
    socket.once("error", ({ code = "", message }: NodeJS.ErrnoException) => end(UNREACHABLE[code] ?? message))
  })
