import type { SpawnOptions } from "node:child_process"

export function peakOf(command: readonly string[], options: SpawnOptions): Promise<number>
