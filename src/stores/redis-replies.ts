/** The error replies of Redis and what they mean. Only our own words come out: a reply may hold the user name. */
import type { Problem } from "./redis-errors.js"

/** @param script what ran, to find the command that a script was refused */
export function describeReply(message: string, script?: string): Problem {
  if (MISSING_RIGHT.test(message)) return describeMissingRight(message, script)
  const known = REPLIES.find(([pattern]) => pattern.test(message))
  if (known) return { problem: known[1], hint: known[2] }
  return { problem: `the server refused (${/^-?([A-Z]+)/.exec(message)?.[1] ?? "ERR"})`, hint: "See the server's log." }
}

/** The commands that a user needs, in the words of an ACL rule; docs/operations.md has the whole line. */
const RIGHTS =
  "+select +scan +eval +evalsha +exists +get +set +strlen +del +hmget +hset +lrange +rpush +ltrim +pttl +pexpire +persist"

const MISSING_RIGHT = /\bNOPERM\b|can't (run|access)|has no permissions/

function describeMissingRight(message: string, script = ""): Problem {
  if (/can't access|to access\b/i.test(message)) return { problem: "the Redis user may not use the key", hint: KEYS }
  const right = /run the '([\w|]+)'/.exec(message)?.[1] ?? commandAt(message, script)
  if (right === undefined) return { problem: "the Redis user lacks a right", hint: `Grant it ${RIGHTS}.` }
  const command = right.toUpperCase().replace("|", " ")
  const hint = `Grant it +${right.toLowerCase()}; docs/operations.md has the whole line. Every commit needs ${RIGHTS}.`
  return { problem: `the Redis user lacks the right to run ${command}`, hint }
}

const KEYS = "Grant it ~PREFIX*, ~{PREFIX*}:cicdstatemgr:* and ~{*}:cicdstatemgr:*:PREFIX*, PREFIX being the keyPrefix."

// Up to Redis 7.0 the refusal inside a script names the line alone.
function commandAt(message: string, script: string): string | undefined {
  const line = /user_script:\s*(\d+)/.exec(message)?.[1]
  return /redis\.call\("(\w+)"/.exec(script.split("\n")[Number(line ?? 0) - 1] ?? "")?.[1]
}

// By pattern, since a script's error wraps the code it met (Redis 6) or appends the script's name (7).
const REPLIES: ReadonlyArray<readonly [RegExp, string, string]> = [
  [
    /\bWRONGPASS\b|invalid password|invalid username-password/,
    "the user name or password is wrong",
    "Check username and password of the redis datasource (secrets file).",
  ],
  [/\bNOAUTH\b/, "it asks for a password", "Give the redis datasource a password (secrets file)."],
  [
    /no password is set|without any password configured/,
    "a password is configured here, but the server has none",
    "Remove password from the redis datasource, or set it on the server.",
  ],
  [
    /\bOOM\b/,
    "its memory is full (maxmemory)",
    "Delete contexts that are no longer needed, or give the server more memory.",
  ],
  [/\bMISCONF\b/, "it cannot save to its disk and refuses writes", "Make room on the server's disk; see its log."],
  [/\bREADONLY\b/, "it is a read-only replica", "Point host and port to the primary server, or use sentinel."],
  [/\bNOREPLICAS\b/, "it has too few replicas to accept writes", "See min-replicas-to-write of the server."],
  [/\bMASTERDOWN\b/, "it is a replica that lost its primary", "Point host and port to the primary server."],
  [/\bLOADING\b/, "it is still loading its data", "Try again when the server is up."],
  [/\bBUSY\b/, "it is busy with a script", "Try again later."],
  [
    /\bWRONGTYPE\b/,
    "the key holds something other than text, from another program",
    "Take another id, or give the redis datasource a db or keyPrefix of its own.",
  ],
  [/\bCLUSTERDOWN\b/, "its Cluster does not serve all slots now", "Try again when the Cluster is well: cluster info."],
  [/\bTRYAGAIN\b/, "its Cluster is moving the key's slot to another node", "Try again when the slot has moved."],
  [
    /\b(MOVED|ASK|CROSSSLOT)\b/,
    "it is a Redis Cluster node that does not serve this key",
    "Set cluster: true in the redis datasource.",
  ],
  [/\bDENIED\b/, "it is in protected mode and refuses other hosts", "Set a password on the server."],
  [/max number of clients/, "it has too many clients", "Try again later, or raise maxclients of the server."],
  [/DB index|invalid DB/, "it has no such db", "Check db of the redis datasource."],
  [
    /only (one|a single) database|SELECT is not allowed/i,
    "a Redis Cluster has db 0 alone",
    "Remove db from the redis datasource, and set cluster: true.",
  ],
  [
    /cluster support disabled/,
    "it is no Redis Cluster",
    "Remove cluster from the redis datasource, or check the address.",
  ],
  [/unknown (Redis )?command|syntax error/i, "it lacks a command", "Redis 6 or newer, or Valkey, is needed."],
]
