// One context under load. Each update appends its token, counts, and names itself the last one, in one commit; so each
// state that is ever read tells by itself whether it is whole.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { libraryWriter } from "./library.mjs"

const EVENT = {
  notify: { message: "{{ token }}", "capture-response-data": [{ from: "{{ body.token }}", to: "state.answers[]" }] },
}
const APP = JSON.stringify({
  "cicd-contexts": { stage: { pipelines: { build: { "event-handlers": { done: EVENT } } } } },
})

const UPDATES_PER_PROGRAM = 20

let contexts = 0
let tokens = 0

export async function openContext({ primary, bytes, cli, library, ledger, echo, folder }) {
  const id = `c${++contexts}-${primary.name}-${bytes}`
  const filler = `${id}/`.repeat(Math.ceil(bytes / (id.length + 1)))
  const [fillerFile, app] = [join(folder, `${id}.txt`), join(folder, "app.json")]
  const common = ["--id", id, "--config", primary.config, "--secrets", primary.secrets, "--output-dir", `caches/${id}`]
  const place = { id, primary: primary.name, bytes }
  const entries = []
  let acknowledged = 0
  let newest = 0

  writeFileSync(app, APP)
  writeFileSync(fillerFile, filler)
  await untilDone(["init", "--overwrite", "--app-config", app, "--set-file", `state.filler=${fillerFile}`])

  /** An update that was answered with success counts from then on, for every reader. */
  async function change(kind, args) {
    const token = `t${++tokens}`
    const entry = begin(kind, token)
    const outcome = await cli(
      [...args(token), `state.log[]=${token}`, `state.last=${token}`, "--increment", "state.n", ...common],
      { mayKill: true },
    )
    end(entry, outcome)
  }

  function begin(kind, token) {
    const entry = { token, kind, ...place }
    entries.push(entry)
    return entry
  }

  function end(entry, outcome) {
    entry.outcome = ledger.record(entry, outcome)
    if (entry.outcome === "acknowledged") acknowledged++
  }

  /** What no state may ever show: another size, or parts of different commits; and not less than was acknowledged. */
  function check(text, atLeast, source) {
    const state = parse(text)
    const { log = [], n = 0, last } = state ?? {}
    const isWhole =
      state?.cicdContextDataId === id && state.filler === filler && Number(n) === log.length && last === log.at(-1)
    if (!isWhole) ledger.found("torn", { ...place, source, text: text.slice(-500) })
    else if (log.length < atLeast) ledger.found("stale", { ...place, source, atLeast, n: log.length })
    return isWhole ? state : undefined
  }

  /** Waits for a Redis that is away. */
  async function untilDone(args) {
    for (;;) {
      const outcome = await cli([...args, ...common])
      if (outcome.status === 0) return outcome.stdout
      ledger.recordOther(outcome, { ...place, args: args.slice(0, 2) })
      if (outcome.status !== 7) return ""
    }
  }

  return {
    updates: () => entries.length,
    update: () => change("set", () => ["set", "--set"]),
    event: () =>
      change("event", (token) => ["handle-event", "build=done", "--tmpl-ctx-var", `token=${token}`, "--set"]),
    /** A program that commits many in a row. */
    async program() {
      const { config, secrets } = primary
      const list = Array.from({ length: UPDATES_PER_PROGRAM }, () => begin("lib", `t${++tokens}`))
      const byToken = new Map(list.map((entry) => [entry.token, entry]))
      const options = { library, id, config, secrets, outputDir: `caches/${id}`, tokens: [...byToken.keys()] }
      await libraryWriter(options, folder, (token, outcome) => end(byToken.get(token), outcome))
      for (const entry of list) entry.outcome ??= "refused"
    },
    /** Through the command line from the primary, from the cache, and the cache's file as it is. */
    async read() {
      const known = acknowledged
      const isFresh = Math.random() < 0.5
      const args = ["get", "state", "-o", "json", ...(isFresh ? ["--refresh"] : [])]
      const outcome = await cli([...args, ...common])
      if (outcome.status !== 0) return ledger.recordOther(outcome, { ...place, args })
      ledger.reads++
      ledger.time("get", place, outcome.ms)
      check(outcome.stdout, Math.max(known, newest), isFresh ? "primary" : "cache")
      const file = join(folder, `caches/${id}/cicdContextData.json`)
      const document = parse(readFileSync(file, "utf8"))
      const state = check(JSON.stringify(document?.state ?? null), Math.max(known, newest), "cache file")
      newest = Math.max(newest, state?.log?.length ?? 0)
    },
    async close() {
      const state = check(await untilDone(["get", "state", "-o", "json", "--refresh"]), acknowledged, "last look")
      ledger.compare(entries, state ?? {}, echo)
      await untilDone(["delete"])
    },
  }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
