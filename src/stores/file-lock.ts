/**
 * A lock among the processes of one machine, and of all machines and containers that share its folder.
 *
 * A hidden folder holds generations, of which the highest says who holds the lock, or that it is free. Whoever finds it
 * free or abandoned makes the next one; only one process can. Generations never go down, so a judgement that is out of
 * date by now never hits a newer holder. A killed holder is known at once by the processes of its own PID namespace; to
 * others its lease has to lapse. One that was only slow finds out before it writes (`assertHeld`), and what it has half
 * written is gone (`guards`).
 */
import { setTimeout as sleep } from "node:timers/promises"
import { StateError } from "../errors.js"
import { removeTemporaries } from "./atomic-file.js"
import { lockPathOf, uniqueName } from "./beside-names.js"
import { type FileErrorCode, fileError } from "./file-error.js"
import {
  claim,
  type Found,
  type Held,
  highest,
  isStillHeld,
  namesIn,
  prepareLockFolder,
  release,
  renew,
} from "./lock-generations.js"
import { lifeOf, ownIdentity, type ProcessIdentity } from "./lock-holder.js"
import { joinQueue } from "./lock-queue.js"
import { OWNER_ONLY } from "./permissions.js"

export interface LockOptions {
  /** What it means when the lock cannot be had. */
  readonly code: FileErrorCode
  /** How long to wait for one holder to let go; for all of them together ten times as long. Default 30 s. */
  readonly timeoutMs?: number | undefined
  /** How long a holder may give no sign of life to those who cannot see its process. Default 10 s. */
  readonly leaseMs?: number | undefined
  /** The files that only holders replace: what a lost holder has begun to write beside them is removed. */
  readonly guards: readonly string[]
  /** Permissions of the guarded files: who may write those may take the lock as well. Default 0600. */
  readonly mode?: number | undefined
}

export interface Lock {
  /** To be called right before each rename. Throws, which starts the body over, when another process took the lock. */
  assertHeld(): void
}

/**
 * Runs the body while no other process, and no other call in this one, runs one under the same path.
 * @param path any path in an existing or new folder; the lock's folder is made beside it (`lockPathOf`) and stays
 * @param body repeatable: it runs again from its start when the lock was lost before its work was done
 * @returns what the body returns
 * @throws StateError with the code of the options when the lock cannot be had; what the body throws
 */
export async function withLock<T>(path: string, options: LockOptions, body: (lock: Lock) => Promise<T>): Promise<T> {
  const terms = termsOf(path, options)
  for (;;) {
    const { held, isAbandoned } = await acquire(terms)
    const renewal = setInterval(() => renew(held), terms.leaseMs / 3).unref()
    try {
      if (isAbandoned) sweepGuarded(terms)
      return await body({ assertHeld: () => assertHeld(held) })
    } catch (error) {
      if (!(error instanceof LockLost)) throw error
      if (performance.now() > terms.deadline) throw fileError(terms.code, `keep the lock of file "${path}"`, error)
    } finally {
      clearInterval(renewal)
      release(held)
    }
  }
}

const FIRST_PAUSE_MS = 2
const LONG_PAUSE_MS = 25
const PAUSE_PER_PLACE_MS = 10
const LONGEST_PAUSE_MS = 500

class LockLost extends Error {
  override name = "LockLost"
}

function assertHeld(held: Held): void {
  if (!isStillHeld(held)) throw new LockLost("another process has taken the lock over")
}

/** What stays the same while one call waits and works. */
interface Terms {
  readonly path: string
  readonly folder: string
  readonly code: FileErrorCode
  readonly guards: readonly string[]
  readonly mode: number
  readonly self: ProcessIdentity
  readonly timeoutMs: number
  readonly leaseMs: number
  /** On the clock of `performance.now()`. */
  readonly deadline: number
}

function termsOf(path: string, options: LockOptions): Terms {
  const { code, guards, mode = OWNER_ONLY, timeoutMs = 30_000, leaseMs = 10_000 } = options
  const deadline = performance.now() + 10 * timeoutMs
  return { path, folder: lockPathOf(path), code, guards, mode, self: ownIdentity(), timeoutMs, leaseMs, deadline }
}

/** A lock that has just been taken. */
interface Acquired {
  readonly held: Held
  /** Its last holder did not let it go. */
  readonly isAbandoned: boolean
}

async function acquire(terms: Terms): Promise<Acquired> {
  const place = joinQueue(terms.folder)
  let watch: Watch | undefined
  try {
    for (;;) {
      prepareLockFolder(terms.folder, terms.mode)
      const names = namesIn(terms.folder)
      const found = highest(terms.folder, names)
      watch = look(watch, found, terms)
      const acquired = tryToTake(found, watch, terms)
      if (acquired) return acquired
      if (watch.at - watch.since > terms.timeoutMs || watch.at > terms.deadline) throw timedOut(found, terms)
      await sleep(pauseMs(watch, place.ahead(names)))
    }
  } catch (error) {
    throw fileError(terms.code, `lock file "${terms.path}"`, error)
  } finally {
    place.leave()
  }
}

function tryToTake(found: Found, watch: Watch, terms: Terms): Acquired | undefined {
  const isAbandoned = isAbandonedBy(found, watch, terms)
  const held = found.isFree || isAbandoned ? claimNext(found, terms) : undefined
  return held && { held, isAbandoned }
}

/** Longer for those behind others, and for all when the holder takes long. Random, so that none looks with another. */
function pauseMs({ at, since }: Watch, ahead: number): number {
  const first = Math.min(FIRST_PAUSE_MS + (at - since) / 20, LONG_PAUSE_MS)
  return (0.5 + Math.random() / 2) * Math.min(first + ahead * PAUSE_PER_PLACE_MS, LONGEST_PAUSE_MS)
}

function claimNext(found: Found, { folder, mode, self, leaseMs }: Terms): Held | undefined {
  const holder = { ...self, token: uniqueName(), since: new Date().toISOString(), leaseMs }
  return claim(folder, found.generation + 1, holder, mode)
}

/** What a waiter has seen of one holder so far. Times are on the clock of `performance.now()`. */
interface Watch {
  readonly generation: number
  readonly stamp: string
  readonly at: number
  /** Since when it is this generation. */
  readonly since: number
  /** How long the holder has been seen to give no sign of life. */
  readonly silentMs: number
}

function look(before: Watch | undefined, found: Found, terms: Terms): Watch {
  const at = performance.now()
  const { generation, stamp } = found
  if (before?.generation !== generation) return { generation, stamp, at, since: at, silentMs: 0 }
  // A waiter that was stopped for a while has not watched meanwhile: one look vouches for a short time only.
  const watchedMs = Math.min(at - before.at, leaseOf(found, terms) / 10)
  return { ...before, stamp, at, silentMs: before.stamp === stamp ? before.silentMs + watchedMs : 0 }
}

const leaseOf = (found: Found, terms: Terms) => found.holder?.leaseMs ?? terms.leaseMs

function isAbandonedBy(found: Found, watch: Watch, terms: Terms): boolean {
  if (found.isFree) return false
  const life = found.holder ? lifeOf(found.holder, terms.self) : "unknown"
  return life === "dead" || (life === "unknown" && watch.silentMs >= leaseOf(found, terms))
}

function sweepGuarded({ path, code, guards }: Terms): void {
  try {
    guards.forEach(removeTemporaries)
  } catch (error) {
    throw fileError(code, `remove what the last holder left beside file "${path}"`, error)
  }
}

function timedOut({ holder }: Found, { code, path, folder, timeoutMs }: Terms): StateError {
  const who = holder
    ? `process ${holder.pid} on host "${holder.host}" has held it since ${holder.since}`
    : "it is not known who holds it"
  return new StateError(code, `Could not lock file "${path}" within ${timeoutMs / 1000} s: ${who}`, {
    hint: `Let that process end, or end it; if it is gone for good, remove the folder "${folder}".`,
  })
}
