/**
 * Who waits for a lock, in the order of arrival. It only says how often to look: the further behind, the less, so that
 * hundreds of waiters leave the processor to the holder and the first of them hardly waits. Whoever finds the lock free
 * may take it; a wrong place in the queue costs time, nothing else.
 */
import { statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { removeIfThere } from "./atomic-file.js"
import { uniqueName } from "./beside-names.js"

export interface QueuePlace {
  /**
   * How many wait before this one.
   * @param names of all files in the folder of the lock
   */
  ahead(names: readonly string[]): number
  leave(): void
}

/** Queues up in the folder of a lock: by a file there, which is touched while its process lives. */
export function joinQueue(folder: string): QueuePlace {
  const own = `${TICKET}${String(Date.now()).padStart(15, "0")}-${uniqueName()}`
  let touchedAt = Number.NEGATIVE_INFINITY

  return {
    ahead(names) {
      const now = performance.now()
      if (now - touchedAt > TOUCH_EVERY_MS) {
        writeFileSync(join(folder, own), "")
        touchedAt = now
      }
      const before = names.filter((name) => name.startsWith(TICKET) && name < own).sort()
      const firstLiving = before.findIndex((name) => !removeIfForgotten(join(folder, name)))
      return firstLiving < 0 ? 0 : before.length - firstLiving
    },
    leave() {
      if (touchedAt < 0) return
      try {
        removeIfThere(join(folder, own))
      } catch {
        // Others forget it in time.
      }
    },
  }
}

const TICKET = "wait-"
const TOUCH_EVERY_MS = 2_000
const FORGOTTEN_AFTER_MS = 10_000

function removeIfForgotten(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  const isForgotten = stats === undefined || Date.now() - stats.mtimeMs > FORGOTTEN_AFTER_MS
  if (isForgotten) removeIfThere(path)
  return isForgotten
}
