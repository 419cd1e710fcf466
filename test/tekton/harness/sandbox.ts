/**
 * Runs one container as a kubelet would: with Tekton's own paths, since it has a root of its own, read-only, in a mount
 * namespace of its own; as a user without any right; with the environment it was given and nothing else. The network
 * is shared, so that Services on loopback addresses are reached by their names.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { imageOf } from "./images.js"

/** Why no container can be run here, or undefined. */
export const sandboxMissing: string | undefined =
  spawnSync("unshare", ["--mount", "true"]).status === 0 && process.getuid?.() === 0
    ? undefined
    : "skipped: Tekton's containers are played in mount namespaces, which needs root and unshare (util-linux)"

export interface Mount {
  /** A folder or file of this machine. */
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

export interface Container {
  readonly image: string
  readonly command: readonly string[]
  readonly env: readonly (readonly [name: string, value: string])[]
  readonly workingDir: string
  readonly mounts: readonly Mount[]
  readonly uid: number
  readonly gid: number
}

export interface ContainerOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface Sandbox {
  /** @throws Error when the container cannot be started at all */
  run(container: Container): Promise<ContainerOutcome>
  /** Without waiting; the caller ends it. */
  start(container: Container): ChildProcess
}

/**
 * @param folder for what the sandbox needs, readable by all
 * @param hosts names by address: what the cluster's DNS knows
 */
export function createSandbox(folder: string, hosts: ReadonlyMap<string, readonly string[]>): Sandbox {
  const etc = etcFolder(folder, hosts)
  const start = (container: Container) => {
    const root = mkdtempSync(join(folder, "root-"))
    const image = imageOf(container.image, folder)
    const mounts = [...systemMounts(etc), ...image.mounts, ...container.mounts]
    const env = [["PATH", "/bin"] as const, ...container.env].map(([name, value]) => `${name}=${value}`)
    const user = ["--setuid", String(container.uid), "--setgid", String(container.gid)]
    const enter = [
      "/usr/bin/setpriv",
      "--no-new-privs",
      "/usr/bin/unshare",
      "--root",
      root,
      "--wd",
      container.workingDir,
    ]
    const mountArgs = mounts.flatMap(({ source, target, readOnly }) => [readOnly ? "ro" : "rw", source, target])
    const args = ["--mount", "sh", "-c", ENTER, "enter", root, ...mountArgs, "--"]
    const command = ["env", "-i", ...env, ...enter, ...user, "--", ...image.resolve(container.command)]
    return spawn("unshare", [...args, ...command], { stdio: ["ignore", "pipe", "pipe"], detached: true })
  }
  return { start, run: (container) => outcomeOf(start(container), container) }
}

// A tmpfs becomes the root; what is mounted into it stays in this namespace and goes with it.
const ENTER = `
set -eu
root=$1; shift
mount -t tmpfs -o mode=0755,size=1m tmpfs "$root"
mkdir "$root/usr" "$root/tmp" "$root/proc" "$root/dev"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
mount --rbind /proc "$root/proc"
while [ "$1" != -- ]; do
  target=$root$3
  if [ -d "$2" ]; then mkdir -p "$target"; else mkdir -p "\${target%/*}"; : > "$target"; fi
  mount --bind "$2" "$target"
  [ "$1" = rw ] || mount -o remount,bind,ro "$target"
  shift 3
done
shift
mount -o remount,ro "$root"
exec "$@"
`

const DEVICES = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"]
const LIBRARIES = ["/usr/lib", "/usr/lib64"]

const systemMounts = (etc: string): Mount[] => [
  ...DEVICES.map((path) => ({ source: path, target: path, readOnly: false })),
  ...LIBRARIES.filter((path) => existsSync(path)).map((path) => ({ source: path, target: path, readOnly: true })),
  { source: etc, target: "/etc", readOnly: true },
]

function etcFolder(folder: string, hosts: ReadonlyMap<string, readonly string[]>): string {
  const etc = join(folder, "etc")
  mkdirSync(etc)
  const lines = [...hosts].map(([address, names]) => `${address} ${names.join(" ")}\n`)
  writeFileSync(join(etc, "hosts"), `127.0.0.1 localhost\n${lines.join("")}`)
  writeFileSync(join(etc, "nsswitch.conf"), "hosts: files\n")
  writeFileSync(join(etc, "passwd"), "root:x:0:0:root:/root:/sbin/nologin\n")
  return resolve(etc)
}

const TIMEOUT_MS = 60_000

function outcomeOf(child: ChildProcess, { image, command }: Container): Promise<ContainerOutcome> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout?.on("data", (chunk) => out.push(chunk))
  child.stderr?.on("data", (chunk) => err.push(chunk))
  const timer = setTimeout(() => kill(child), TIMEOUT_MS)
  return new Promise((done, fail) => {
    child.on("error", fail)
    child.on("close", (code) => {
      clearTimeout(timer)
      const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString()
      if (code === null) fail(new Error(`${image}: ${command.join(" ")} did not end within ${TIMEOUT_MS} ms`))
      else done({ exitCode: code, stdout: text(out), stderr: text(err) })
    })
  })
}

/** Ends a container with all its processes. */
export function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return
  try {
    process.kill(-child.pid, "SIGKILL")
  } catch {
    // It has ended meanwhile.
  }
}
