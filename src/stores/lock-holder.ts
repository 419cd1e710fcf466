/** Who holds a lock, and whether that process still lives. */
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import { errnoOf } from "./file-error.js"

/** One process among all that may share a folder: those of other containers, other machines and earlier boots. */
export interface ProcessIdentity {
  readonly host: string
  /** Linux: which boot of the machine, and which PID namespace the pid counts in (proc(5), namespaces(7)). Else "". */
  readonly boot: string
  readonly pidNamespace: string
  readonly pid: number
  /** When it started, in clock ticks since boot: tells a process from a later one with its pid. "" where unknown. */
  readonly start: string
}

export const ownIdentity = (): ProcessIdentity => ({
  host: hostname(),
  boot: readOrEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
  pidNamespace: readOrEmpty(() => readlinkSync("/proc/self/ns/pid")),
  pid: process.pid,
  start: ownStart(),
})

/**
 * Whether the other process lives, as far as this one can know: `unknown` when its pid counts in another PID
 * namespace, on another machine, or may since be that of another process.
 */
export function lifeOf(other: ProcessIdentity, self: ProcessIdentity): "alive" | "dead" | "unknown" {
  if (!sharePids(other, self)) return "unknown"
  if (!hasPid(other.pid)) return "dead"
  const stat = self.start === "" ? undefined : statOf(other.pid)
  if (!stat || other.start === "") return "unknown"
  // A zombie runs no more, it only waits for its parent to look.
  return stat.state === "Z" || stat.state === "X" || stat.start !== other.start ? "dead" : "alive"
}

const sharePids = (a: ProcessIdentity, b: ProcessIdentity) =>
  a.host === b.host &&
  a.boot === b.boot &&
  a.pidNamespace === b.pidNamespace &&
  (a.pidNamespace !== "" || process.platform !== "linux")

function hasPid(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, but another user's.
    return errnoOf(error) !== "ESRCH"
  }
}

/** Empty also when /proc is that of another PID namespace: its pids are no use then. */
function ownStart(): string {
  const start = statOf("self")?.start
  return start !== undefined && start === statOf(process.pid)?.start ? start : ""
}

/** Fields 3 and 22 of /proc/PID/stat. The name, field 2, stands in brackets and may hold spaces and brackets. */
function statOf(pid: number | "self"): { state: string; start: string } | undefined {
  const stat = readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, "latin1"))
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const [state, start] = [fields[0], fields[19]]
  return state && start ? { state, start } : undefined
}

function readOrEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    return ""
  }
}
