// What was acknowledged, and what the stores made of it.
import { writeFileSync } from "node:fs"
import { join } from "node:path"

/** What must never be found. */
const FAULTS = {
  lost: "acknowledged, and not there",
  doubled: "there more than once",
  phantom: "refused, and there",
  torn: "a state that never was",
  stale: "a state older than what was acknowledged",
  resent: "an event sent more than once by one command",
  unexpected: "a failure that nothing explains",
}

export function createLedger() {
  const counts = new Map()
  const times = new Map()
  const faults = []
  const count = (name, more = 1) => counts.set(name, (counts.get(name) ?? 0) + more)
  const of = (name) => counts.get(name) ?? 0
  const found = (fault, details) => void faults.push({ fault, ...details })
  const faultsOf = (fault) => faults.filter((each) => each.fault === fault).length

  function time(kind, { primary, bytes }, ms) {
    const key = `${kind.padEnd(6)}${primary.padEnd(6)}${sizeName(bytes).padStart(7)}`
    if (!times.has(key)) times.set(key, [])
    times.get(key).push(ms)
  }

  const ledger = {
    restarts: 0,
    reads: 0,
    found,
    time,
    /** @returns what is known of an update by how its command ended */
    record(entry, outcome) {
      const kind = outcomeOf(entry, outcome)
      if (kind === "unexpected") found(kind, { ...entry, status: outcome.status, stderr: outcome.stderr })
      if (kind === "acknowledged") time(entry.kind, entry, outcome.ms)
      count(`${entry.primary} ${entry.kind} ${kind}`)
      return kind
    },
    /** A command that stores nothing may only fail as Redis is away. */
    recordOther(outcome, details) {
      count(`${details.primary} refused reads`)
      if (outcome.status !== 7 || details.primary !== "redis")
        found("unexpected", { ...details, status: outcome.status, stderr: outcome.stderr })
    },
    /** The last state of a context against all that was ever sent to it. */
    compare(entries, { log = [], answers = [] }, echo) {
      const [logged, answered] = [occurrences(log), occurrences(answers)]
      for (const entry of entries) {
        const times = logged.get(entry.token) ?? 0
        const isAcknowledged = entry.outcome === "acknowledged"
        if (isAcknowledged && times === 0) found("lost", entry)
        if (times > 1) found("doubled", entry)
        if (entry.outcome === "refused" && times > 0) found("phantom", entry)
        if (entry.kind === "event") compareEvent(entry, answered.get(entry.token) ?? 0, echo.timesTaken(entry.token))
        if (entry.outcome === "unknown" || entry.outcome === "killed") count(times ? "open, there" : "open, not there")
      }
      const known = new Set(entries.map(({ token }) => token))
      for (const token of logged.keys()) if (!known.has(token)) found("torn", { token })
    },
    summary() {
      const commands = `${all("acknowledged")} updates acknowledged, ${all("killed")} killed, ${all("refused")} refused`
      const bad = Object.keys(FAULTS).filter((fault) => faultsOf(fault) > 0)
      const text = bad.length > 0 ? bad.map((fault) => `${faultsOf(fault)} ${fault}`).join(", ") : "no fault"
      return `${commands}, ${ledger.reads} reads, ${ledger.restarts} restarts of Redis: ${text}`
    },
    isClean: () => faults.length === 0,
    /** @returns the file */
    save(folder) {
      const path = join(folder, "faults.json")
      writeFileSync(path, JSON.stringify(faults, null, 1))
      return path
    },
    report: (minutes) => [...outcomes(minutes), "", ...faultLines(), "", ...latencies()].join("\n"),
  }

  function compareEvent(entry, answers, sent) {
    if (entry.outcome === "acknowledged" && (answers === 0 || sent === 0)) found("lost", { ...entry, answers, sent })
    if (answers > 1) found("doubled", { ...entry, answers })
    if (sent > 1) found("resent", { ...entry, sent })
  }

  function all(outcome) {
    return [...counts].filter(([name]) => name.endsWith(` ${outcome}`)).reduce((sum, [, number]) => sum + number, 0)
  }

  function outcomes(minutes) {
    const rows = ["file", "redis"].flatMap((primary) => ["set", "event", "lib"].map((kind) => `${primary} ${kind}`))
    const columns = ["acknowledged", "killed", "refused", "unknown"]
    return [
      `\n${minutes.toFixed(1)} minutes: ${all("acknowledged")} acknowledged updates, ${ledger.reads} reads, ${ledger.restarts} kills of Redis`,
      row("", columns),
      ...rows.map((name) =>
        row(
          name,
          columns.map((column) => of(`${name} ${column}`)),
        ),
      ),
      `Of the killed and unknown ones ${of("open, there")} are stored, ${of("open, not there")} are not.`,
      `While Redis was away ${of("redis refused reads")} other commands failed.`,
    ]
  }

  const faultLines = () =>
    Object.entries(FAULTS).map(
      ([fault, meaning]) => `${fault.padEnd(12)}${String(faultsOf(fault)).padStart(6)}  ${meaning}`,
    )

  function latencies() {
    const lines = [...times].sort().map(([key, list]) => row(key, percentiles(list)))
    return [row("milliseconds", ["median", "95 %", "99 %", "longest", "count"]), ...lines]
  }

  return ledger
}

/** Only a command that says so leaves open whether it stored; an event stores twice, and may have come half way. */
function outcomeOf({ kind, primary }, { status, killed, stderr }) {
  if (status === 0) return "acknowledged"
  if (killed) return "killed"
  if (status !== 7 || primary !== "redis") return "unexpected"
  return kind === "event" || /not known whether|is saved in the primary/.test(stderr) ? "unknown" : "refused"
}

const row = (name, cells) => `${name.padEnd(20)}${cells.map((cell) => String(cell).padStart(13)).join("")}`
const sizeName = (bytes) => (bytes < 1_000_000 ? `${bytes / 1000} KB` : `${bytes / 1_000_000} MB`)

function occurrences(list) {
  const found = new Map()
  for (const item of list) found.set(item, (found.get(item) ?? 0) + 1)
  return found
}

function percentiles(list) {
  const sorted = [...list].sort((a, b) => a - b)
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))])
  return [at(0.5), at(0.95), at(0.99), at(1), sorted.length]
}
