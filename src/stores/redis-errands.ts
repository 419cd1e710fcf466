/**
 * Runs commands until they are done or the time is up: finds the server, tries again after a loss, and makes every
 * failure a StateError that tells whether something may have been stored.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Redis } from "ioredis"
import type { Endpoint } from "../core/config/reader.js"
import { StateError } from "../errors.js"
import * as errors from "./redis-errors.js"
import { within } from "./redis-link.js"
import { type Links, nameOf } from "./redis-links.js"
import type { Destination, Route } from "./redis-route.js"

/** What is being done, for messages: `Reading "build-1"`. */
export interface Task {
  readonly doing: string
  /** Whether something may have been stored when no reply came. */
  readonly writes?: boolean
  /** Doing it again after a lost reply would give another result. */
  readonly once?: boolean
}

export interface Errand {
  readonly task: Task
  /** A key that it is about, or "". */
  readonly key: string
  /** @param failure of the attempt before, if there was one */
  readonly find: (failure: unknown) => Promise<Destination>
  readonly command: (redis: Redis, attempt: Attempt) => Promise<unknown>
  /** What the command runs, to explain a refusal. */
  readonly script?: string
}

export interface Attempt {
  readonly isAsking: boolean
  /** How long a reply is waited for. */
  readonly ms: number
}

export interface Surroundings {
  /** Where Redis is, without credentials. */
  readonly name: string
  readonly links: Links
  readonly route: Route
  /** Whether another server may take over from one that fails. */
  readonly hasOthers: boolean
  /** Of each errand. */
  readonly timeoutMs: number
  readonly connectTimeoutMs: number
}

const PAUSE_MS = 100

/** @returns a function that gives the reply, or throws StateError STORE_FAILED, or CONFIG_INVALID for a bad TLS file */
export function errandRunner(surroundings: Surroundings): (errand: Errand) => Promise<unknown> {
  const { links, route, hasOthers, timeoutMs, connectTimeoutMs } = surroundings

  // A loss in the midst is made good until the time-out: a server that restarts, a failover, a proxy that cuts. A
  // server that cannot be reached at first is an error at once, if there is no other.
  async function run(errand: Errand): Promise<unknown> {
    const state: Progress = { deadline: performance.now() + timeoutMs, isReached: false, isOpen: false }
    for (;;) {
      try {
        return await attempt(errand, state)
      } catch (error) {
        const cause = error instanceof errors.NodeFailure ? error.cause : error
        if (cause instanceof StateError) throw cause
        if (!mayPass(cause, errand, state) || remaining(state) <= PAUSE_MS) {
          throw explain(error, { surroundings, errand, state })
        }
        state.passing = cause
        await sleep(PAUSE_MS)
      }
    }
  }

  async function attempt({ task, find, command }: Errand, state: Progress): Promise<unknown> {
    state.endpoint = undefined
    const { endpoint, isAsking = false } = await within(remaining(state), find(state.passing), timeoutMs)
    state.endpoint = endpoint
    const link = links.open(endpoint)
    let isSent = false
    try {
      await within(remaining(state), link.ready, timeoutMs)
      state.isReached = isSent = true
      // Where another server may have taken over, one that is silent is not waited for until the end.
      const limit = hasOthers && !task.once ? connectTimeoutMs : timeoutMs
      const ms = Math.min(remaining(state), limit)
      const reply = link.send((redis) => command(redis, { isAsking, ms }))
      return await within(ms, reply, limit)
    } catch (error) {
      if (!errors.isReply(error)) {
        links.drop(endpoint, link)
        state.isOpen ||= isSent
      }
      throw error
    }
  }

  function mayPass(cause: unknown, { task, key }: Errand, state: Progress): boolean {
    const isElsewhere = route.follow(cause, key) && (state.isReached || state.endpoint !== undefined)
    const isLost = state.isReached && errors.isConnectionLoss(cause)
    return (isElsewhere || isLost || errors.isLoading(cause)) && !(task.once && state.isOpen)
  }

  return run
}

/** `NAME` is where Redis is, and the problem one line. */
export const failure = (task: Task, name: string, { problem, hint }: errors.Problem) =>
  new StateError("STORE_FAILED", `${task.doing} failed on ${name}: ${problem}`, { hint })

interface Progress {
  readonly deadline: number
  /** Whether a server was reached before. */
  isReached: boolean
  /** Whether a command was sent whose reply never came. */
  isOpen: boolean
  /** Where the last attempt went. */
  endpoint?: Endpoint | undefined
  /** Why the last attempt failed. */
  passing?: unknown
}

const remaining = ({ deadline }: Progress) => Math.max(0, deadline - performance.now())

interface Circumstances {
  readonly surroundings: Surroundings
  readonly errand: Errand
  readonly state: Progress
}

function explain(error: unknown, { surroundings, errand, state }: Circumstances): StateError {
  const { name, route, hasOthers } = surroundings
  const isAsked = error instanceof errors.NodeFailure
  const endpoint = isAsked ? error.endpoint : state.endpoint
  const guide = isAsked ? route.guide : undefined
  const cause = isAsked ? error.cause : error
  // The time ran out over what came before.
  const first = cause instanceof errors.RedisTimeout ? (state.passing ?? cause) : cause
  const { problem, hint } = errors.describeFailure(first, errand.script)
  const isOpen = errand.task.writes && state.isOpen && !(cause instanceof errors.Unreplicated)
  const where = hasOthers && endpoint ? `${guide?.name ?? ""}${nameOf(endpoint)}: ` : ""
  const check = cause instanceof errors.NoServer ? hint : (guide?.hint ?? hint)
  return failure(errand.task, name, { problem: where + problem, hint: isOpen ? OUTCOME_UNKNOWN : check })
}

const OUTCOME_UNKNOWN =
  "It is not known whether this was stored: check before you repeat it, and that the server is alive."
