/** What is in the images that the YAML names, made of the programs of this machine. An unknown image is an error. */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, realpathSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import type { Mount } from "./sandbox.js"

export interface Image {
  readonly mounts: readonly Mount[]
  /** The user that the image names; 0 is root. */
  readonly user: number
  /** The command line with what the image would run for it. */
  resolve(command: readonly string[]): readonly string[]
}

/** Why steps with a shell cannot be run here, or undefined. */
export const busyboxMissing: string | undefined =
  spawnSync("busybox", ["true"]).status === 0 ? undefined : "skipped: busybox is not installed (Debian package busybox)"

/** @param folder where an image's files may be put, readable by all */
export function imageOf(name: string, folder: string): Image {
  const found = Object.entries(IMAGES).find(([prefix]) => name.startsWith(prefix))
  if (found === undefined) throw new Error(`The harness has no image "${name}"`)
  return found[1](folder)
}

const IMAGES: Readonly<Record<string, (folder: string) => Image>> = {
  "ghcr.io/cicdstatemgr/cicdstatemgr:v": cicdstatemgr,
  "docker.io/library/busybox:": busybox,
  "docker.io/library/node:": node,
}

const readOnly = (source: string, target: string): Mount => ({ source: realpathSync(source), target, readOnly: true })
const NODE = readOnly(process.execPath, "/bin/node")

/** Distroless: the binary and no shell. Where it is not built, Node runs the bundle that it is made of. */
function cicdstatemgr(): Image {
  const binary = resolve("dist/cicdstatemgr")
  const bundle = resolve("dist/cli.cjs")
  if (existsSync(binary)) {
    return { user: 65532, mounts: [readOnly(binary, "/bin/cicdstatemgr")], resolve: (command) => command }
  }
  return {
    user: 65532,
    mounts: [NODE, readOnly(bundle, "/bin/cicdstatemgr.cjs")],
    resolve: ([program, ...args]) =>
      program === "cicdstatemgr" ? ["/bin/node", "/bin/cicdstatemgr.cjs", ...args] : [program ?? "", ...args],
  }
}

function busybox(folder: string): Image {
  const bin = join(folder, "busybox")
  const program = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim()
  if (!existsSync(bin)) {
    mkdirSync(bin)
    const { stdout } = spawnSync(program, ["--list"], { encoding: "utf8" })
    for (const applet of stdout.split("\n").filter((name) => name !== ""))
      symlinkSync("/opt/busybox", join(bin, applet))
  }
  return {
    user: 0,
    mounts: [readOnly(program, "/opt/busybox"), { source: bin, target: "/bin", readOnly: true }],
    resolve: (command) => command,
  }
}

function node(): Image {
  return { user: 0, mounts: [NODE], resolve: (command) => command }
}
