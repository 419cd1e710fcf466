// Where the contexts are kept: files, or a Redis that writes each command to its disk and is killed at random moments.
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

export async function filePrimary(folder, echoUrl) {
  const files = writeConfig(folder, "file", { jsonfile: { path: "primary/{id}.json", isPrimary: true } }, echoUrl)
  return { name: "file", ...files, stop: async () => {} }
}

/** @returns undefined when redis-server is missing */
export async function redisPrimary(folder, echoUrl) {
  if (spawnSync("redis-server", ["--version"]).status !== 0) {
    console.log("!! redis-server is not installed (Debian package redis-server): the soak is on the file store alone")
    return undefined
  }
  const data = join(folder, "redis")
  mkdirSync(data)
  const port = await freePort()
  const own = ["--bind", "127.0.0.1", "--port", String(port), "--dir", data, "--loglevel", "warning"]
  const start = () => spawn("redis-server", [...own, "--save", "", ...AOF], { stdio: "ignore" })
  let server = start()
  const kill = async () => {
    if (server.exitCode === null && server.kill("SIGKILL")) await once(server, "exit")
  }
  process.once("exit", () => server.kill("SIGKILL"))
  const redis = { host: "127.0.0.1", port, isPrimary: true }
  return {
    name: "redis",
    ...writeConfig(folder, "redis", { redis }, echoUrl),
    async restart() {
      await kill()
      await sleep(Math.random() * 1000)
      server = start()
    },
    stop: kill,
  }
}

const AOF = ["--appendonly", "yes", "--appendfsync", "always"]

function writeConfig(folder, name, datasources, url) {
  const [config, secrets] = [join(folder, `${name}.json`), join(folder, "secrets.json")]
  const templates = { notify: '{"token": {{ notify.message | tojson }}}' }
  writeFileSync(config, JSON.stringify({ cicdstatemgr: { datasources, slack: { url }, templates } }))
  writeFileSync(secrets, JSON.stringify({ cicdstatemgr: { slack: { token: "xoxb-of-the-soak" } } }))
  return { config, secrets }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const { port } = probe.address()
  probe.close()
  await once(probe, "close")
  return port
}
