/** The image of the Containerfile, on a base made of Debian packages, run as strictly as a cluster may. */
import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Outcome, tempDir } from "../support/cli.js"
import { type RedisServer, redisMissing, startRedis } from "../support/redis-server.js"
import { type Containers, openContainers } from "./containers.js"
import { debianBase } from "./debian-base.js"

const { version } = JSON.parse(readFileSync("package.json", "utf8"))
const IMAGE = "localhost/cicdstatemgr:test"
const USERS = ["65532:65532", "1000680000:0"]
const TOOLS = ["buildah", "podman", "runc", "dpkg-deb", "apt-get"]

const folder = mkdtempSync(join(tmpdir(), "image-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const missing = whatIsMissing()
const base = missing ? undefined : debianBase(folder)
if (!base) console.warn(`skipped: the tests of the image need ${missing ?? "Debian's packages"}`)

const APP = `
cicd-contexts:
  stage:
    pipelines:
      build:
        event-handlers:
          done:
            notify:
              message: "{{ state.app }} is built"
              capture-response-data: [{from: "{{ body.ts }}", to: state.ts}]
`
const config = (url: string, redis?: RedisServer) => `
cicdstatemgr:
  datasources:
    ${redis ? `redis: {host: ${redis.host}, port: ${redis.port}, isPrimary: true}` : "jsonfile: {path: 'state/{id}.json', isPrimary: true}"}
    shellfile: {path: state/context.sh}
  slack: {url: "${url}"}
  templates: {notify: '{"text": "{{ notify.message }}"}'}
`
const SECRETS = "cicdstatemgr: {slack: {token: xoxb-test}}\n"
const FILES = ["--config", "config.yaml", "--secrets", "secrets.yaml"]

describe.skipIf(!base)("the image", { timeout: 120_000 }, () => {
  let containers: Containers
  beforeAll(() => {
    containers = openContainers(folder)
    for (const arch of ["amd64", "arm64"]) {
      const tag = `localhost/distroless-cc:${arch}`
      containers.run("podman", "import", "--os", "linux", "--arch", arch, base!, tag)
      const options = ["--base", tag, "--platform", `linux/${arch}`, "--tag", `${IMAGE}-${arch}`]
      containers.run(process.execPath, "scripts/build-image.mjs", ...options)
    }
    containers.run("podman", "tag", `${IMAGE}-${process.arch === "x64" ? "amd64" : "arm64"}`, IMAGE)
  }, 240_000)

  it.each([
    ["amd64", "dist/cicdstatemgr-linux-x64"],
    ["arm64", "dist/cicdstatemgr-linux-arm64"],
  ])("says what it is (%s), and holds %s", (arch, binary) => {
    const root = containers.run("podman", "image", "mount", `${IMAGE}-${arch}`).trim()
    expect(readFileSync(join(root, "usr/local/bin/cicdstatemgr")).equals(readFileSync(binary))).toBe(true)
    containers.run("podman", "image", "unmount", `${IMAGE}-${arch}`)
    const [image] = JSON.parse(containers.run("podman", "image", "inspect", `${IMAGE}-${arch}`))
    expect(image).toMatchObject({
      Architecture: arch,
      Config: { User: "65532:65532", Entrypoint: ["/usr/local/bin/cicdstatemgr"], WorkingDir: "/workspace" },
      Labels: {
        "org.opencontainers.image.title": "cicdstatemgr",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "Apache-2.0",
      },
    })
  })

  it("is at most 45 MB compressed", () => {
    const target = join(folder, "pushed")
    const compression = ["--compression-format", "zstd", "--compression-level", "19"]
    containers.run("buildah", "push", "--format", "oci", ...compression, IMAGE, `oci:${target}`)
    const blobs = readdirSync(join(target, "blobs/sha256")).map((name) => join(target, "blobs/sha256", name))
    expect(sum(blobs.map((blob) => statSync(blob).size))).toBeLessThan(45e6)
  })

  describe.each(USERS)("as user %s", (user) => {
    it("keeps contexts in the workspace, without config, network or HOME", async () => {
      const workspace = openFolder()
      const run = (...args: string[]) => containers.start({ image: IMAGE, user, workspace }, ...args).ended
      expect(await run("--version")).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" })
      expect(await run("init", "c", "state.app=shop")).toMatchObject({ status: 0, stdout: "c\n" })
      expect(await run("set", "--id", "c", "state.list[]=a,b")).toMatchObject({ status: 0 })
      expect(await run("load", "c")).toMatchObject({ status: 0 })
      expect(await run("get", "--id", "c", "state.list")).toMatchObject({ status: 0, stdout: '["a", "b"]\n' })
      expect(readdirSync(workspace)).toEqual([".cicdstatemgr"])
    })

    it.skipIf(redisMissing)("plays an event with Redis as primary", async () => {
      const redis = await startRedis()
      const slack = await startSlack()
      try {
        const workspace = openFolder({
          "config.yaml": config(slack.url, redis),
          "app.yaml": APP,
          "secrets.yaml": SECRETS,
        })
        const options = { image: IMAGE, user, workspace, reachesHost: true }
        const run = (...args: string[]) => containers.start(options, ...args, ...FILES).ended
        const init = ["init", "c", "--app-config", "app.yaml", "state.app=shop"]
        expect(await run(...init)).toMatchObject({ status: 0, stdout: "c\n" })
        expect(await run("handle-event", "build=done", "--id", "c")).toMatchObject({ status: 0 })
        expect(slack.bodies).toEqual(['{"text": "shop is built"}'])
        rmSync(join(workspace, "state"), { recursive: true })
        expect(await run("load", "c")).toMatchObject({ status: 0 })
        expect(readFileSync(join(workspace, "state/context.sh"), "utf8")).toContain("CICD_state__ts='7.5'\n")
        expect(readdirSync(workspace).sort()).toEqual(["app.yaml", "config.yaml", "secrets.yaml", "state"])
      } finally {
        await slack.close()
        await redis.stop()
      }
    })

    it("ends on SIGTERM in mid-request, with the state as it was", async () => {
      const slack = await startSlack({ isSilent: true })
      try {
        const workspace = openFolder({ "config.yaml": config(slack.url), "app.yaml": APP, "secrets.yaml": SECRETS })
        const options = { image: IMAGE, user, workspace, reachesHost: true }
        const start = (...args: string[]) => containers.start(options, ...args, ...FILES)
        const init = ["init", "c", "--app-config", "app.yaml", "state.app=shop"]
        expect(await start(...init).ended).toMatchObject({ status: 0 })
        const stored = readFileSync(join(workspace, "state/c.json"), "utf8")
        const event = start("handle-event", "build=done", "--id", "c")
        await Promise.race([slack.hasRequest, event.ended.then(fail)])
        event.terminate()
        // Without a handler it would go on until the request's own deadline, and exit 3.
        expect(await event.ended).toMatchObject({ status: 143 })
        expect(readFileSync(join(workspace, "state/c.json"), "utf8")).toBe(stored)
        expect(await start("set", "--id", "c", "state.app=other").ended).toMatchObject({ status: 0 })
      } finally {
        await slack.close()
      }
    })
  })
})

/** A folder that any user may write to. */
function openFolder(files: Record<string, string> = {}): string {
  const path = tempDir(files)
  chmodSync(path, 0o777)
  return path
}

interface Slack {
  readonly url: string
  readonly bodies: readonly string[]
  readonly hasRequest: Promise<unknown>
  close(): Promise<void>
}

async function startSlack({ isSilent = false } = {}): Promise<Slack> {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    bodies.push(await text(request))
    if (!isSilent) response.end('{"ok": true, "ts": "7.5"}')
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    bodies,
    hasRequest: once(server, "request"),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

function fail(outcome: Outcome): never {
  throw new Error(`the command ended before its request came: ${outcome.stderr}`)
}

function whatIsMissing(): string | undefined {
  if (!existsSync("dist/cicdstatemgr")) return 'the binaries ("npm run build:binary")'
  if (process.getuid?.() !== 0) return "root"
  return TOOLS.find((tool) => spawnSync("which", [tool]).status !== 0)
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
