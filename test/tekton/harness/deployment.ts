/** Plays the one container of a Deployment, as a process that stays. */
import { once } from "node:events"
import { connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "../../support/redis-server.js"
import type { Namespace } from "./container.js"
import { only, type WorkspaceBinding } from "./objects.js"
import { kill } from "./sandbox.js"
import { volumeOf } from "./volumes.js"

interface DeploymentSpec {
  readonly template: {
    readonly spec: {
      readonly securityContext: { readonly runAsUser: number }
      readonly volumes: readonly WorkspaceBinding[]
      readonly containers: readonly {
        readonly image: string
        readonly command: readonly string[]
        readonly env: readonly { readonly name: string; readonly value: string }[]
        readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
      }[]
    }
  }
}

export interface RunningDeployment {
  readonly port: number
  stop(): Promise<void>
}

/** It listens where its variable PORT says; here that is a free port. @throws Error when it ends instead */
export async function startDeployment(namespace: Namespace, name: string): Promise<RunningDeployment> {
  const { template } = namespace.objects.spec<DeploymentSpec>("Deployment", name)
  const [container, ...others] = template.spec.containers
  if (!container || others.length > 0) throw new Error(`Deployment "${name}": the harness plays one container`)
  const port = await freePort()
  const volumes = new Map(
    template.spec.volumes.map((volume) => {
      only(volume, ["name", "configMap", "secret"], `Deployment "${name}"`)
      const { objects, folder } = namespace
      return [
        volume.name,
        volumeOf(volume, { objects, folder, claims: new Map() }).folder({ folder, fsGroup: undefined }),
      ]
    }),
  )
  const child = namespace.sandbox.start({
    image: container.image,
    command: container.command,
    env: container.env.map(({ name: key, value }) => [key, key === "PORT" ? String(port) : value]),
    workingDir: "/",
    mounts: container.volumeMounts.map(({ name: volume, mountPath }) => ({
      source: volumes.get(volume)!,
      target: mountPath,
      readOnly: true,
    })),
    uid: namespace.uid,
    gid: namespace.uid,
  })
  const killAtExit = () => kill(child)
  process.once("exit", killAtExit)
  let output = ""
  child.stderr?.on("data", (chunk) => {
    output += chunk
  })
  child.stdout?.resume()
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`Deployment "${name}" ended: ${output}`)
    await sleep(20)
  }
  return {
    port,
    async stop() {
      process.off("exit", killAtExit)
      const ended = once(child, "exit")
      kill(child)
      await ended
    },
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, "127.0.0.1")
    socket.on("connect", () => {
      socket.destroy()
      done(true)
    })
    socket.on("error", () => done(false))
  })
