/** Images and containers by buildah and podman, in a storage of their own. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import type { Outcome } from "../support/cli.js"

export interface Containers {
  /** Runs a program with this storage. @returns its standard output @throws when it fails */
  run(command: string, ...args: string[]): string
  /** A container of the image, without rights, network or a writable place but the workspace. */
  start(options: ContainerOptions, ...args: string[]): Container
}

export interface ContainerOptions {
  readonly image: string
  /** UID:GID */
  readonly user: string
  /** Mounted at /workspace. */
  readonly workspace: string
  /** Whether it reaches the loopback of this machine. Default false. */
  readonly reachesHost?: boolean
}

export interface Container {
  readonly ended: Promise<Outcome>
  /** Sends SIGTERM to the container's first process, as Kubernetes does. */
  terminate(): void
}

const ISOLATION = [
  ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only", "--read-only-tmpfs=false"],
  ...["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096", "--env", "HOME=/nonexistent"],
]
/** What runs where neither systemd nor a journal is. */
const PODMAN = ["--runtime", "runc", "--cgroup-manager=cgroupfs", "--events-backend=file"]

export function openContainers(folder: string): Containers {
  const env = storageIn(folder)
  let count = 0
  return {
    run: (command, ...args) =>
      execFileSync(command, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
    start({ image, user, workspace, reachesHost = false }, ...args) {
      const name = `test-${process.pid}-${count++}`
      const network = ["--network", reachesHost ? "host" : "none"]
      const place = ["--user", user, "--volume", `${workspace}:/workspace`]
      const options = ["run", "--rm", "--name", name, ...ISOLATION, ...network, ...place]
      const child = spawn("podman", [...PODMAN, ...options, image, ...args], { env, stdio: ["ignore", "pipe", "pipe"] })
      return {
        ended: outcomeOf(child),
        terminate: () => void spawnSync("podman", [...PODMAN, "kill", "--signal", "TERM", name], { env }),
      }
    },
  }
}

/** Overlays where the kernel and the folder's file system can, as full copies (vfs) take much longer. */
function storageIn(folder: string): NodeJS.ProcessEnv {
  const candidates = ["overlay", "vfs"].map((driver) => {
    const file = join(folder, `storage-${driver}.conf`)
    const paths = `graphroot = "${folder}/${driver}/graph"\nrunroot = "${folder}/${driver}/run"`
    writeFileSync(file, `[storage]\ndriver = "${driver}"\n${paths}\n`)
    return { ...process.env, CONTAINERS_STORAGE_CONF: file, BUILDAH_ISOLATION: "chroot" }
  })
  return candidates.find((env) => spawnSync("podman", ["info"], { env }).status === 0) ?? candidates[1]!
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const status = new Promise<number | null>((done, fail) => child.on("close", done).on("error", fail))
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)])
  return { status: await status, stdout, stderr }
}
