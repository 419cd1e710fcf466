/** `createSend` with short bounds, a log that is kept, and a request to send; in this process or one of its own. */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { build } from "esbuild"
import { onTestFinished } from "vitest"
import type { HttpLimits } from "../../src/core/config.js"
import type { Delivery, Logger, OutgoingRequest, Send } from "../../src/core/ports.js"
import { createSend, type SendOptions } from "../../src/http/send.js"

export const LIMITS: HttpLimits = { deadlineMs: 10_000, timeoutMs: 5_000, maxReplyBytes: 1_048_576 }

export interface Sender {
  readonly send: Send
  /** `LEVEL MESSAGE`, as they came. */
  readonly log: readonly string[]
}

/** Bounds and other options take the place of the defaults; no proxy, pauses of milliseconds. */
export function sender(
  bounds: Partial<HttpLimits> = {},
  { env = {}, ...options }: Partial<Omit<SendOptions, "limits" | "logger">> = {},
): Sender {
  const log: string[] = []
  const keep = (level: string) => (message: string) => void log.push(`${level} ${message}`)
  const logger: Logger = { error: keep("error"), warn: keep("warn"), info: keep("info"), debug: keep("debug") }
  return { send: createSend({ pauseMs: 2, ...options, env, logger, limits: { ...LIMITS, ...bounds } }), log }
}

/** What notify sends, with a secret in each place where one may be. */
export const requestTo = (url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  url,
  headers: [
    ["Content-Type", "application/json; charset=UTF-8"],
    ["Accept", "*/*"],
    ["Cache-Control", "no-cache"],
    ["Authorization", "Bearer s3cr3t-token"],
    ["X-Custom", "s3cr3t-value"],
  ],
  body: '{"text": "héllo ☃ 😀"}',
  repeatable: false,
  ...more,
})

/** Sends from a process of its own, which must end by itself. @returns the delivery as it printed it */
export async function sendInProcess(
  request: OutgoingRequest,
  { env = {}, limits = {} }: { env?: Record<string, string>; limits?: Partial<HttpLimits> } = {},
): Promise<Delivery> {
  const script = await bundledSender()
  const input = JSON.stringify({ request, limits: { ...LIMITS, ...limits } })
  const child = spawn(process.execPath, [script, input], { env, stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void child.kill("SIGKILL"))
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}

async function bundledSender(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "cicdstatemgr-send-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, "send.cjs")
  const contents = `
    import { createSend } from "./src/http/send.ts"
    const { request, limits } = JSON.parse(process.argv[2])
    const nothing = () => {}
    const logger = { error: nothing, warn: nothing, info: nothing, debug: nothing }
    createSend({ limits, logger, env: process.env, pauseMs: 2 })(request).then((delivery) => console.log(JSON.stringify(delivery)))`
  await build({
    stdin: { contents, resolveDir: resolve("."), loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    define: { __VERSION__: '"0.0.0-test"' },
    logLevel: "warning",
  })
  return outfile
}
