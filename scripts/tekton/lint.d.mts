import type { Problem } from "./check.mjs"
export function lintFiles(files: readonly string[], known: readonly string[]): Promise<readonly Problem[]>
