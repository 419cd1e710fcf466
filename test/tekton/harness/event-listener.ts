/** Plays an EventListener: a real HTTP server whose interceptors, bindings and templates start PipelineRuns. */
import { createHmac, randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import { type CelValue, evaluateCel } from "./cel.js"
import type { Namespace } from "./container.js"
import { only, type PipelineRunSpec } from "./objects.js"
import { type PipelineRunOutcome, playPipelineRun } from "./pipeline-run.js"
import { resolveTemplate, type TemplateSpec } from "./trigger-template.js"
import { dataOf } from "./volumes.js"

interface Interceptor {
  readonly ref?: { readonly name: string }
  readonly params?: readonly { readonly name: string; readonly value: unknown }[]
}

interface Trigger {
  readonly name: string
  readonly interceptors?: readonly Interceptor[]
  readonly bindings: readonly { readonly ref?: string; readonly name?: string; readonly value?: string }[]
  readonly template: { readonly ref: string }
}

interface TriggerRequest {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly extensions: Readonly<Record<string, CelValue>>
}

export interface EventListener {
  readonly port: number
  /** What came in. */
  readonly events: readonly Pick<TriggerRequest, "body" | "headers">[]
  /** Why triggers did not take an event, newest last. */
  readonly refusals: readonly string[]
  /** All runs that were started, in order, once they have ended; those that they start meanwhile too. */
  settled(): Promise<readonly PipelineRunOutcome[]>
  close(): Promise<void>
}

export interface ListenerOptions {
  readonly namespace: Namespace
  readonly name: string
}

/** As Tekton's, it answers 202 before any trigger has been looked at, and 400 to what is no JSON. */
export async function playEventListener(options: ListenerOptions): Promise<EventListener> {
  const { namespace, name } = options
  const spec = namespace.objects.spec<{ triggers: readonly Trigger[] }>("EventListener", name)
  only(spec, ["serviceAccountName", "triggers", "resources"], `EventListener "${name}"`)
  const events: TriggerRequest[] = []
  const refusals: string[] = []
  const runs: Promise<PipelineRunOutcome | undefined>[] = []
  const server = createServer(async (request, response) => {
    const event = await eventOf(request)
    if (!isJson(event.body)) return void response.writeHead(400).end()
    events.push(event)
    response.writeHead(202, { "Content-Type": "application/json" })
    response.end(JSON.stringify({ eventListener: name, namespace: namespace.name, eventID: randomUUID() }))
    for (const trigger of spec.triggers) {
      runs.push(
        playTrigger(options, trigger, event).catch((error) => {
          refusals.push(`${trigger.name}: ${(error as Error).message}`)
          return undefined
        }),
      )
    }
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as { port: number }).port,
    events,
    refusals,
    async settled() {
      for (let count = -1; count < runs.length; ) {
        count = runs.length
        await Promise.all(runs)
      }
      return (await Promise.all(runs)).filter((run) => run !== undefined)
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

async function eventOf(request: IncomingMessage): Promise<TriggerRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
  return { body: Buffer.concat(chunks).toString(), headers: Object.fromEntries(headers), extensions: {} }
}

/** @throws Error when an interceptor refuses the event, or a template cannot be filled */
async function playTrigger(
  options: ListenerOptions,
  trigger: Trigger,
  event: TriggerRequest,
): Promise<PipelineRunOutcome> {
  only(trigger, ["name", "interceptors", "bindings", "template"], `trigger "${trigger.name}"`)
  const { namespace } = options
  let request = event
  for (const interceptor of trigger.interceptors ?? []) request = intercept(namespace, interceptor, request)
  const params = trigger.bindings.flatMap(({ ref, name, value }) =>
    ref
      ? namespace.objects.spec<{ params: { name: string; value: string }[] }>("TriggerBinding", ref).params
      : [{ name: name!, value: value! }],
  )
  const template = namespace.objects.spec<TemplateSpec>("TriggerTemplate", trigger.template.ref)
  const run = resolveTemplate(template, params, {
    header: request.headers,
    extensions: request.extensions,
    body: JSON.parse(request.body),
  })
  if (run.kind !== "PipelineRun") throw new Error(`the harness does not play a ${run.kind}`)
  const suffix = Math.random().toString(36).slice(2, 7)
  const name = run.metadata.name ?? `${run.metadata.generateName}${suffix}`
  return playPipelineRun(namespace, { name, spec: run.spec as PipelineRunSpec }).catch((error) => {
    throw new Error(`run "${name}": ${(error as Error).message}`)
  })
}

function intercept(namespace: Namespace, interceptor: Interceptor, request: TriggerRequest): TriggerRequest {
  only(interceptor, ["name", "ref", "params"], "interceptor")
  const params = Object.fromEntries((interceptor.params ?? []).map(({ name, value }) => [name, value]))
  if (interceptor.ref?.name === "cel") return filterByCel(namespace, params, request)
  if (interceptor.ref?.name === "github") return checkGithub(namespace, params, request)
  throw new Error(`the harness does not play the interceptor "${interceptor.ref?.name}"`)
}

interface CelParams {
  readonly filter?: string
  readonly overlays?: readonly { readonly key: string; readonly expression: string }[]
}

function filterByCel(namespace: Namespace, params: CelParams, request: TriggerRequest): TriggerRequest {
  only(params, ["filter", "overlays"], "cel")
  const body = JSON.parse(request.body) as CelValue
  const secret = (name: string, key: string) => {
    const value = dataOf(namespace.objects, "Secret", name)[key]
    if (value === undefined) throw new Error(`the secret "${name}" has no key "${key}"`)
    return value
  }
  const scope = { body, header: request.headers, extensions: request.extensions, secret }
  if (params.filter && evaluateCel(params.filter, scope) !== true) throw new Error("the filter is not true")
  // Each overlay sees the event, not the other overlays.
  const overlays = (params.overlays ?? []).map(({ key, expression }) => {
    if (!/^\w+$/.test(key)) throw new Error(`the harness does not play the overlay "${key}"`)
    return [key, evaluateCel(expression, scope)] as const
  })
  return { ...request, extensions: { ...request.extensions, ...Object.fromEntries(overlays) } }
}

interface GithubParams {
  readonly secretRef?: { readonly secretName: string; readonly secretKey: string }
  readonly eventTypes?: readonly string[]
}

function checkGithub(namespace: Namespace, params: GithubParams, request: TriggerRequest): TriggerRequest {
  only(params, ["secretRef", "eventTypes"], "github")
  const { secretRef, eventTypes = [] } = params
  const type = request.headers["x-github-event"] ?? ""
  if (eventTypes.length > 0 && !eventTypes.includes(type))
    throw new Error(`github: the event type "${type}" is not taken`)
  if (!secretRef) return request
  const secret = dataOf(namespace.objects, "Secret", secretRef.secretName)[secretRef.secretKey] ?? ""
  const expected = `sha256=${createHmac("sha256", secret).update(request.body).digest("hex")}`
  if (request.headers["x-hub-signature-256"] !== expected) throw new Error("github: the signature is wrong")
  return request
}
