/** A namespace to play in: its objects, its folders, and its Services at their names and ports. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Namespace } from "./container.js"
import { type Forwarder, forward } from "./forward.js"
import { type KubernetesObject, objectsOf } from "./objects.js"
import { createSandbox } from "./sandbox.js"

export interface OpenNamespace extends Namespace {
  /** Lets connections to a Service go on to a port of this machine. Until then it refuses them. */
  serve(service: string, port: number): void
  /** Base URL of a Service. */
  url(service: string, port?: number): string
  /** Ends what is open, and removes all folders. */
  close(): Promise<void>
}

interface ServiceSpec {
  readonly ports: readonly { readonly port: number }[]
}

/** Each Service has a loopback address of its own, so that it can have the port that the YAML names. */
export async function openNamespace(name: string, list: readonly KubernetesObject[]): Promise<OpenNamespace> {
  const objects = objectsOf(list)
  const folder = mkdtempSync(join(tmpdir(), "tekton-"))
  chmodSync(folder, 0o755)
  const services = [
    ...objects
      .all("Service")
      .map(({ metadata, spec }) => [metadata.name!, (spec as ServiceSpec).ports[0]!.port] as const),
    ...objects.all("EventListener").map(({ metadata }) => [`el-${metadata.name}`, 8080] as const),
  ]
  const network = `127.${random(1, 254)}.${random(0, 255)}`
  const addresses = new Map(services.map(([service], i) => [service, `${network}.${i + 1}`]))
  const forwarders = new Map<string, Forwarder>()
  for (const [service, port] of services) forwarders.set(service, await forward(addresses.get(service)!, port))
  const hosts = new Map([...addresses].map(([service, address]) => [address, namesOf(service, name)]))
  return {
    name,
    objects,
    folder,
    sandbox: createSandbox(folder, hosts),
    uid: random(1_000_000_000, 1_900_000_000),
    serve: (service, port) => forwarders.get(service)!.to(port),
    url: (service, port = 80) => `http://${addresses.get(service)}:${port}`,
    async close() {
      await Promise.all([...forwarders.values()].map((forwarder) => forwarder.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const random = (from: number, to: number) => from + Math.floor(Math.random() * (to - from + 1))

const namesOf = (service: string, namespace: string) => [
  service,
  `${service}.${namespace}`,
  `${service}.${namespace}.svc`,
  `${service}.${namespace}.svc.cluster.local`,
]
