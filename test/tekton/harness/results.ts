/**
 * Results as they travel: each container writes those it has as JSON into its termination message. Tekton refuses a
 * message of more than 4096 bytes; the kubelet cuts what is beyond the container's share of 12288 bytes, and what is
 * cut cannot be read any more.
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const CONTAINER_BYTES = 4096
const POD_BYTES = 12288

export interface ResultFiles {
  /** Folder of the Task's results, and their names. Every step tells all that are there. */
  readonly task: { readonly folder: string; readonly names: readonly string[] }
  readonly step: { readonly folder: string; readonly names: readonly string[] }
}

export interface StepResults {
  readonly task: ReadonlyMap<string, string>
  readonly step: ReadonlyMap<string, string>
}

/**
 * @param containers of the pod, with init containers
 * @throws Error when the results are too large to arrive
 */
export function readResults({ task, step }: ResultFiles, containers: number): StepResults {
  const results = { task: read(task), step: read(step) }
  const message = [
    { key: "StartedAt", value: "2026-01-01T00:00:00.000Z", type: 3 },
    ...[...results.task].map(([key, value]) => ({ key, value, type: 1 })),
    ...[...results.step].map(([key, value]) => ({ key, value, type: 4 })),
  ]
  const bytes = Buffer.byteLength(goJson(message))
  if (bytes > CONTAINER_BYTES) throw new Error(`Termination message is above max allowed size ${CONTAINER_BYTES}`)
  const share = Math.floor(POD_BYTES / containers)
  if (bytes > share) throw new Error(`The kubelet cuts the termination message of ${bytes} bytes to ${share}`)
  return results
}

const read = ({ folder, names }: ResultFiles["task"]): Map<string, string> =>
  new Map(
    names
      .filter((name) => existsSync(join(folder, name)))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  )

/** Go's encoder writes `<`, `>` and `&` as escapes, which count. */
const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
