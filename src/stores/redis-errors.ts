/**
 * What a failure of Redis or of the way to it means for a user. Only our own words come out: replies may hold the user
 * name, and what ioredis throws holds the arguments of the command, passwords and documents among them.
 */
import { messageOf } from "../errors.js"

export interface Problem {
  readonly problem: string
  readonly hint: string
}

/** The server did not answer in time. */
export class RedisTimeout extends Error {
  override name = "RedisTimeout"
}

/** A reply of another shape than the command has. */
export class ForeignAnswer extends Error {
  override name = "ForeignAnswer"
}

/** True for an error that the server replied to a command; the connection is as good as before. */
export const isReply = (error: unknown): boolean => error instanceof Error && error.name === "ReplyError"

/** True when waiting may help: the server is starting. */
export const isLoading = (error: unknown): boolean => isReply(error) && /\bLOADING\b/.test(messageOf(error))

/** True when the connection broke, and not because of what answered. */
export const isConnectionLoss = (error: unknown): boolean =>
  ![isReply, isTimeout, isRefusal, isForeignAnswer].some((holds) => holds(error))

export function describeFailure(error: unknown): Problem {
  const message = messageOf(error)
  if (isTimeout(error)) return { problem: message, hint: "Check that the server is alive and its address right." }
  if (isForeignAnswer(error)) return { problem: "what answers there is not Redis", hint: ADDRESS }
  if (isReply(error) || isRefusal(error)) return describeReply(message)
  return describeNetwork(codeOf(error), message)
}

const ADDRESS = "Check host, port and tls of the redis datasource."

function describeReply(message: string): Problem {
  const known = REPLIES.find(([pattern]) => pattern.test(message))
  if (known) return { problem: known[1], hint: known[2] }
  return { problem: `the server refused (${/^-?([A-Z]+)/.exec(message)?.[1] ?? "ERR"})`, hint: "See the server's log." }
}

function describeNetwork(code: string | undefined, message: string): Problem {
  const known = code === undefined ? undefined : NETWORK[code]
  // Node's messages of TLS and socket errors name the address and the reason, nothing of what was sent.
  return { problem: known ?? (code === undefined ? "the connection was closed" : message), hint: ADDRESS }
}

const COMMANDS =
  "select, scan, eval, evalsha, exists, get, set, strlen, del, hmget, hset, lrange, rpush, ltrim, pttl, pexpire, persist"

// Error replies by pattern, since a script's error wraps the code it met (Redis 6) or appends the script's name (7).
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
    /\bNOPERM\b|can't run this command|has no permissions/,
    "the Redis user lacks the right to do this",
    `Allow it ${COMMANDS}, on the keys of the contexts and on those that begin with {.`,
  ],
  [
    /\bOOM\b/,
    "its memory is full (maxmemory)",
    "Delete contexts that are no longer needed, or give the server more memory.",
  ],
  [/\bMISCONF\b/, "it cannot save to its disk and refuses writes", "Make room on the server's disk; see its log."],
  [/\bREADONLY\b/, "it is a read-only replica", "Point host and port to the primary server."],
  [/\bNOREPLICAS\b/, "it has too few replicas to accept writes", "See min-replicas-to-write of the server."],
  [/\bMASTERDOWN\b/, "it is a replica that lost its primary", "Point host and port to the primary server."],
  [/\bLOADING\b/, "it is still loading its data", "Try again when the server is up."],
  [/\bBUSY\b/, "it is busy with a script", "Try again later."],
  [
    /\bWRONGTYPE\b/,
    "the key holds something other than text, from another program",
    "Take another id, or give the redis datasource a db or keyPrefix of its own.",
  ],
  [
    /\b(MOVED|ASK|CROSSSLOT|CLUSTERDOWN|TRYAGAIN)\b/,
    "it is a Redis Cluster node that does not serve this key",
    "Use a single server, or a proxy in front of the cluster.",
  ],
  [/\bDENIED\b/, "it is in protected mode and refuses other hosts", "Set a password on the server."],
  [/max number of clients/, "it has too many clients", "Try again later, or raise maxclients of the server."],
  [/DB index|invalid DB/, "it has no such db", "Check db of the redis datasource."],
  [/unknown (Redis )?command|syntax error/i, "it lacks a command", "Redis 6 or newer, or Valkey, is needed."],
]

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ECONNRESET: "the connection was closed",
  EPIPE: "the connection was closed",
}

const isTimeout = (error: unknown) => error instanceof RedisTimeout
const isForeignAnswer = (error: unknown) =>
  error instanceof ForeignAnswer || /^Unknown RESP type|^Command queue .* Last reply:/.test(messageOf(error))
// Before it was asked anything: too many clients, protected mode.
const isRefusal = (error: unknown) => /^Command queue .* Last error:/.test(messageOf(error))
const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
