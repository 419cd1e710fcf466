/** Writers that append to one context until they are stopped, and what must hold of it then. */
import { setTimeout as sleep } from "node:timers/promises"
import { expect } from "vitest"
import type { Snapshot, Store } from "../../src/core/ports.js"
import { addItem, itemsOf } from "./changes.js"

export interface Writers {
  /** Waits until so many more commits of each writer were acknowledged; throws when one fails. */
  acknowledged(count: number): Promise<void>
  /** @returns what was acknowledged, once all have come to an end */
  stop(): Promise<readonly string[]>
}

export function startWriters(count: number, open: () => Store, id: string): Writers {
  const acknowledged: string[] = []
  const counts = Array.from({ length: count }, () => 0)
  let isStopped = false
  const all = Promise.all(
    counts.map(async (_, writer) => {
      const store = open()
      for (let i = 0; !isStopped; i++) {
        await store.commit(id, addItem(`w${writer}-${i}`))
        acknowledged.push(`w${writer}-${i}`)
        counts[writer] = i + 1
      }
    }),
  )
  all.catch(() => {})
  return {
    async acknowledged(more) {
      const wanted = counts.map((done) => done + more)
      const isMissing = () => counts.some((done, writer) => done < wanted[writer]!)
      while (isMissing()) {
        await Promise.race([all, sleep(10)])
      }
    },
    async stop() {
      isStopped = true
      await all
      return acknowledged
    },
  }
}

/** Each acknowledged item is there, and none is there twice. */
export function expectEachOnce(snapshot: Snapshot | undefined, acknowledged: readonly string[]): void {
  const items = itemsOf(snapshot).map(String)
  expect(acknowledged.filter((item) => !items.includes(item))).toEqual([])
  expect(items.length).toBe(new Set(items).size)
}
