/**
 * What a failure of Redis or of the way to it means for a user. Only our own words come out: replies may hold the user
 * name, and what ioredis throws holds the arguments of the command, passwords and documents among them.
 */
import type { Endpoint } from "../core/config/reader.js"
import { messageOf } from "../errors.js"
import { describeReply } from "./redis-replies.js"

export interface Problem {
  readonly problem: string
  readonly hint: string
}

/** What befell one of several servers that were asked. */
export class NodeFailure extends Error {
  override name = "NodeFailure"
  readonly endpoint: Endpoint

  constructor(endpoint: Endpoint, cause: unknown) {
    super(messageOf(cause), { cause })
    this.endpoint = endpoint
  }
}

/** A server that should be the primary says that it is none. */
export class NotPrimary extends Error {
  override name = "NotPrimary"
}

/** What was stored did not reach as many replicas as wanted in time; the message says how many. */
export class Unreplicated extends Error {
  override name = "Unreplicated"
}

/** What the servers say among themselves leaves a command without a server: the message says why. */
export class NoServer extends Error {
  override name = "NoServer"
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
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

/** True when the connection broke, and neither because of what answered nor over certificates. */
export const isConnectionLoss = (error: unknown): boolean =>
  ![isReply, isTimeout, isRefusal, isForeignAnswer, isOwn, isOfTls].some((holds) => holds(error))

/**
 * True when the server is gone, as far as can be seen from here, or says that another one has the key, or did not get
 * what it stored to its replicas: where servers take over from each other, this passes. A refused certificate does not.
 */
export function mayPassElsewhere(error: unknown): boolean {
  if (error instanceof Unreplicated) return error.cause === undefined || /\bUNBLOCKED\b/.test(messageOf(error.cause))
  if (error instanceof NotPrimary || isTimeout(error)) return true
  if (isReply(error)) return ELSEWHERE.test(messageOf(error))
  return isConnectionLoss(error)
}

/** @param script what ran, to find the command that a script was refused */
export function describeFailure(error: unknown, script?: string): Problem {
  const message = messageOf(error)
  if (error instanceof NoServer) return { problem: message, hint: error.hint }
  if (error instanceof Unreplicated) return { problem: message, hint: UNREPLICATED }
  if (error instanceof NotPrimary) return describeReply("READONLY")
  if (isTimeout(error)) return { problem: message, hint: "Check that the server is alive and its address right." }
  if (isForeignAnswer(error)) return { problem: "what answers there is not Redis", hint: ADDRESS }
  if (isReply(error) || isRefusal(error)) return describeReply(message, script)
  return describeNetwork(error)
}

const ELSEWHERE = /\b(READONLY|MASTERDOWN|NOREPLICAS|MOVED|ASK|TRYAGAIN|CLUSTERDOWN)\b/
const ADDRESS = "Check url, or host and port, and tls of the redis datasource."
const UNREPLICATED = "It would be lost if the primary failed now: check the replicas (waitForReplicas)."

// Node's messages of TLS and socket errors name the address and the reason, nothing of what was sent.
function describeNetwork(error: unknown): Problem {
  const code = codeOf(error)
  const message = messageOf(error)
  if (!isOfTls(error)) return { problem: code === undefined ? CLOSED : (NETWORK[code] ?? message), hint: ADDRESS }
  const alert = CLIENT_ALERTS.find(([pattern]) => pattern.test(message))
  if (alert) return { problem: alert[1], hint: "Check tls.certFile and tls.keyFile of the redis datasource." }
  const reason = /:(?:SSL|PEM) routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message
  return {
    problem: `TLS failed: ${reason}`,
    hint: "Check tls (caFile, serverName, certFile, keyFile) of the redis datasource.",
  }
}

const CLOSED = "the connection was closed"
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the host does not answer",
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
}

const CLIENT_ALERTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/alert certificate required|alert handshake failure/, "it asks for a client certificate"],
  [/alert unknown ca/, "it does not trust the client certificate"],
  [/alert (bad certificate|certificate (expired|revoked|unknown))/, "it refuses the client certificate"],
]

const isOfTls = (error: unknown) => /CERT|_TLS_|_SSL_|OSSL|SIGNATURE|EPROTO/.test(codeOf(error) ?? "")
const isOwn = (error: unknown) =>
  [NodeFailure, NotPrimary, Unreplicated, NoServer].some((kind) => error instanceof kind)
const isTimeout = (error: unknown) => error instanceof RedisTimeout
const isForeignAnswer = (error: unknown) =>
  error instanceof ForeignAnswer || /^Unknown RESP type|^Command queue .* Last reply:/.test(messageOf(error))
// Before it was asked anything: too many clients, protected mode.
const isRefusal = (error: unknown) => /^Command queue .* Last error:/.test(messageOf(error))
const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
