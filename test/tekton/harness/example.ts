/** examples/tekton, applied to a namespace of its own: real Redis, its own Slack, gateway and EventListener. */
import { createHmac } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type RedisServer, startRedis } from "../../support/redis-server.js"
import { startDeployment } from "./deployment.js"
import { type EventListener, playEventListener } from "./event-listener.js"
import { kustomize } from "./kustomize.js"
import { openNamespace } from "./namespace.js"
import type { KubernetesObject } from "./objects.js"
import type { PipelineRunOutcome } from "./pipeline-run.js"
import { dataOf } from "./volumes.js"

export interface Example {
  readonly listener: EventListener
  /** Posts GitHub's webhook. @param key signs it */
  push(body: string, key?: string): Promise<void>
  /** Posts to the EventListener. */
  post(body: string, headers: Readonly<Record<string, string>>): Promise<void>
  /** Presses a button of Slack, or gives it a command. @returns the status of the gateway */
  click(button: number): Promise<string>
  command(text: string): Promise<string>
  /** What Slack shows. */
  page(): Promise<string>
  /** The runs that were started since the last call, once they have ended. */
  runs(): Promise<readonly PipelineRunOutcome[]>
  /** The documents in Redis, by id. */
  documents(): Promise<ReadonlyMap<string, { readonly state: Readonly<Record<string, unknown>> }>>
  close(): Promise<void>
}

/** @param change what is different from the example as it is applied */
export async function openExample(change = (object: KubernetesObject) => object): Promise<Example> {
  const { namespace: name, objects } = kustomize("examples/tekton")
  const namespace = await openNamespace(name, objects.map(change))
  const users = join(namespace.folder, "users.acl")
  writeFileSync(users, dataOf(namespace.objects, "Secret", "redis-users")["users.acl"]!)
  const redis = await startRedis({ args: ["--aclfile", users] })
  namespace.serve("redis", redis.port)
  const deployments = await Promise.all(["slack", "slack-gateway"].map((each) => startDeployment(namespace, each)))
  namespace.serve("slack", deployments[0]!.port)
  namespace.serve("slack-gateway", deployments[1]!.port)
  const listener = await playEventListener({ namespace, name: "cicd" })
  namespace.serve("el-cicd", listener.port)
  const slack = async (path: string, body?: string) =>
    (await fetch(`${namespace.url("slack")}${path}`, body === undefined ? {} : { method: "POST", body })).text()
  const post = async (body: string, headers: Readonly<Record<string, string>>) => {
    const { status } = await fetch(namespace.url("el-cicd", 8080), { method: "POST", body, headers })
    if (status !== 202) throw new Error(`The EventListener answered ${status}`)
  }
  let seen = 0
  return {
    listener,
    post,
    push: (body, key = dataOf(namespace.objects, "Secret", "cicd-webhooks").github!) =>
      post(body, {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-Hub-Signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
      }),
    click: (button) => slack(`/click/${button}`, ""),
    command: (text) => slack("/command", text),
    page: () => slack("/"),
    async runs() {
      const all = await listener.settled()
      const since = all.slice(seen)
      seen = all.length
      return since
    },
    documents: () => documentsIn(redis),
    async close() {
      await listener.close()
      await Promise.all(deployments.map((deployment) => deployment.stop()))
      await redis.stop()
      await namespace.close()
    },
  }
}

/** As the example's own user, who has just the rights that it needs. */
async function documentsIn(redis: RedisServer) {
  const login = ["--user", "cicd", "--pass", "demo-redis-password", "--no-auth-warning"]
  const keys = (await redis.cli(...login, "--scan", "--pattern", "cicd:*")).split("\n").filter((key) => key !== "")
  const texts = await Promise.all(
    keys.map(async (key) => [key.slice("cicd:".length), await redis.cli(...login, "GET", key)] as const),
  )
  return new Map(texts.map(([id, text]) => [id, JSON.parse(text)]))
}
