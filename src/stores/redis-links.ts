/** The connections to several servers, one each, opened when they are needed. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Endpoint } from "../core/config/reader.js"
import { NodeFailure } from "./redis-errors.js"
import { type Command, type Link, type LinkOptions, openLink, within } from "./redis-link.js"

/** @throws ForeignAnswer when the reply is not of the right shape */
export type ParseFrom<T> = (reply: unknown, from: Endpoint) => T

export interface Links {
  open(endpoint: Endpoint): Link
  /** Forgets one that failed. */
  drop(endpoint: Endpoint, link: Link): void
  /**
   * The first good answer to a small question. Each further server is asked a little later than the one before it, so
   * that one that is gone holds nobody up.
   * @throws NodeFailure what befell the first one, when none answers
   */
  ask<T>(endpoints: readonly Endpoint[], command: Command, parse: ParseFrom<T>): Promise<T>
  close(): void
}

const HEAD_START_MS = 200

export const nameOf = ({ host, port }: Endpoint) => `${host.includes(":") ? `[${host}]` : host}:${port}`

export function redisLinks(options: LinkOptions): Links {
  const links = new Map<string, Link>()

  function open(endpoint: Endpoint): Link {
    const known = links.get(nameOf(endpoint))
    if (known) return known
    const link = openLink(endpoint, options)
    links.set(nameOf(endpoint), link)
    link.ready.catch(() => drop(endpoint, link))
    return link
  }

  function drop(endpoint: Endpoint, link: Link): void {
    if (links.get(nameOf(endpoint)) === link) links.delete(nameOf(endpoint))
    link.close()
  }

  async function askOne<T>(endpoint: Endpoint, command: Command, parse: ParseFrom<T>): Promise<T> {
    const link = open(endpoint)
    try {
      return parse(await within(options.connectTimeoutMs, link.send(command)), endpoint)
    } catch (error) {
      drop(endpoint, link)
      throw new NodeFailure(endpoint, error)
    }
  }

  return {
    open,
    drop,
    async ask(endpoints, command, parse) {
      const rest = new AbortController()
      try {
        return await Promise.any(
          endpoints.map(async (endpoint, i) => {
            if (i > 0) await sleep(i * HEAD_START_MS, undefined, { signal: rest.signal })
            return askOne(endpoint, command, parse)
          }),
        )
      } catch (error) {
        throw error instanceof AggregateError ? error.errors[0] : error
      } finally {
        rest.abort()
      }
    },
    close() {
      for (const link of links.values()) link.close()
      links.clear()
    },
  }
}
