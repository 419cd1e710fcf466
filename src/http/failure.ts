/**
 * Why no reply came, in words for the user. Only our own words and error codes come out: what fetch and ofetch throw
 * holds the URL, whose path and query may be secret, and the headers.
 */
import type { Expiry } from "./expiry.js"

/** How far a request had come: while connecting, nothing of it had gone out. */
export type Stage = "connecting" | "waiting" | "reading"

/** Ends an exchange, or a request before it; its message is the reason, one line. */
export class DeliveryFailure extends Error {
  override name = "DeliveryFailure"
  readonly stage: Stage
  /** Nothing went out, and it may work a little later. */
  readonly isPassing: boolean

  constructor(
    reason: string,
    { stage = "connecting", isPassing = false }: { stage?: Stage; isPassing?: boolean } = {},
  ) {
    super(reason)
    this.stage = stage
    this.isPassing = isPassing
  }
}

export interface Progress {
  readonly stage: Stage
  /** Of the reply whose body was being read. */
  readonly status: number | undefined
  readonly expiry: Expiry
  /** Host and port, if the way led through one. */
  readonly proxy: string | undefined
}

/** @param error what fetch threw, or the stream of the body */
export function failureAt({ stage, status, expiry, proxy }: Progress, error: unknown): DeliveryFailure {
  const { code, message, name } = rootOf(error)
  const late = expiry.signal.aborted ? `within ${expiry.timeoutMs} ms` : undefined
  const refused = /^Proxy response \((\d+)\)|^Proxy Authentication Required/.exec(message)
  if (refused) return proxyRefusal(`the proxy ${proxy}`, Number(refused[1] ?? 407))
  if (stage === "connecting") return connectFailure({ code, message, late, proxy })
  const reason =
    stage === "waiting"
      ? (late && `no reply ${late}`) || waitProblem(code, name)
      : `the reply (status ${status}) ${(late && `was not complete ${late}`) || readProblem(code)}`
  return new DeliveryFailure(reason, { stage })
}

interface ConnectProblem {
  readonly code: string
  readonly message: string
  readonly late: string | undefined
  readonly proxy: string | undefined
}

function connectFailure({ code, message, late, proxy }: ConnectProblem): DeliveryFailure {
  if (late) return new DeliveryFailure(`no connection ${late}${proxy ? `, by way of the proxy ${proxy}` : ""}`, PASSING)
  const unreachable = UNREACHABLE[code]
  if (unreachable) return new DeliveryFailure(proxy ? `the proxy ${proxy}: ${unreachable}` : unreachable, PASSING)
  const reason = certificateProblem(code) ?? otherProblem(code, message)
  return new DeliveryFailure(proxy ? `by way of the proxy ${proxy}: ${reason}` : reason)
}

const PASSING = { isPassing: true }

/** Why a host could not be reached, by Node's and undici's codes. */
export const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the host does not answer",
  UND_ERR_CONNECT_TIMEOUT: "the host does not answer",
  ECONNRESET: "the connection was closed at once",
  EPIPE: "the connection was closed at once",
  UND_ERR_SOCKET: "the connection was closed at once",
}

/** The host was not reached: the proxy was only asked for a way, or passed nothing on. The texts are undici's. */
function proxyRefusal(proxy: string, status: number): DeliveryFailure {
  if (status === 407) return new DeliveryFailure(`${proxy} wants a user name and password (status 407)`)
  return new DeliveryFailure(`${proxy} does not connect us (status ${status})`, {
    isPassing: status === 429 || (status >= 502 && status <= 504),
  })
}

// What OpenSSL finds wrong with a certificate, by Node's codes.
const UNKNOWN_CA = [
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_UNTRUSTED",
]

const BAD_CERTIFICATE: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host name: check the URL",
  CERT_HAS_EXPIRED: "its certificate has expired: it has to be renewed",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: check the clocks",
}

const certificateProblem = (code: string): string | undefined =>
  UNKNOWN_CA.includes(code)
    ? `its certificate is from a CA that is not known here (${code}): name the CA's PEM file in NODE_EXTRA_CA_CERTS`
    : BAD_CERTIFICATE[code]

function otherProblem(code: string, message: string): string {
  if (/^(EPROTO$|ERR_SSL_)/.test(code)) return `TLS could not be agreed on (${code}): check that https is right`
  if (message === "bad port") return "the port belongs to another protocol, so that fetch refuses it"
  return `no connection${inBrackets(code)}`
}

function waitProblem(code: string, name: string): string {
  // The codes of Node's parser; undici's name, as its code is not there in all versions.
  if (code.startsWith("HPE_") || name === "HTTPParserError") return "what answers there does not speak HTTP"
  return Object.hasOwn(UNREACHABLE, code)
    ? "the connection was closed before a reply came"
    : `no reply${inBrackets(code)}`
}

const readProblem = (code: string): string =>
  code.startsWith("Z_") ? `cannot be decompressed (${code})` : `broke off${inBrackets(code)}`

const inBrackets = (code: string) => (code === "" ? "" : ` (${code})`)

/** What is at the bottom of what fetch throws: the innermost cause. */
function rootOf(error: unknown): { code: string; message: string; name: string } {
  if (!(error instanceof Error)) return { code: "", message: "", name: "" }
  if (error.cause instanceof Error) return rootOf(error.cause)
  const code = "code" in error && typeof error.code === "string" ? error.code : ""
  return { code, message: error.message, name: error.name }
}
