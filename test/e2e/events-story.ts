/** A context whose app file has the given event, and a config that points at the given servers. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { COMMAND, cli, type Outcome, tempDir } from "../support/cli.js"

export const TOKEN = "xoxb-0123456789-secret"
export const TRIGGER_TOKEN = "trigger-9876543210"
/** Parts of the urls that no log may show. */
export const HIDDEN = ["hidden-path", "hidden-query"]
export const WEBHOOK = "/hidden-path/T0/B0?hidden-query=1"

export const HANDLE = ["handle-event", "build=done"] as const
export const GOT = { body: '{"ok": true, "v": "got"}' }
export const CAPTURE = [{ from: "{{ body.v }}", to: "state.captured" }]
/** A delivery, and a block behind it that runs whatever became of it. */
export const EVENT = {
  notify: { message: 'say "hi" ✓', "capture-response-data": CAPTURE },
  "set-values": { set: [{ from: "captured {{ state.captured | default('nothing') }}", to: "state.after" }] },
}

export interface Story {
  /** Base url that notify, manual-choice and trigger-pipeline post to. */
  readonly url: string
  /** The handlers of the event `build=done`. */
  readonly event: object
  /** Further keys of the context. */
  readonly more?: object
  /** Further keys of the app file. */
  readonly app?: object
  /** Merged over the config, key by key. */
  readonly config?: object
  readonly http?: object
  /** Further keys of the secrets file. */
  readonly secrets?: object
  /** Default: true. */
  readonly init?: boolean
  readonly caches?: object
  readonly env?: Readonly<Record<string, string>>
}

export function story({
  url,
  event,
  more = {},
  app = {},
  config = {},
  http = {},
  secrets = {},
  init = true,
  caches = {},
  env = {},
}: Story) {
  const cicdstatemgr = {
    datasources: { jsonfile: { path: "primary/{id}.json", isPrimary: true }, ...caches },
    slack: { url: `${url}${WEBHOOK}` },
    trigger: {
      url: `${url}${WEBHOOK}`,
      headers: [{ name: "X-Secret", value: "{{ secretData.trigger.token }}" }],
      "auto-args": { id: "{{ state.cicdContextDataId }}" },
    },
    templates: {
      notify: '{"text": {{ notify.message | tojson }}}\n',
      respond: '{"text": {{ respond.message | tojson }}}',
      "manual-choice": '{"title": "{{ manualChoice.title }}"}',
    },
    http: { timeoutMs: 10_000, deadlineMs: 20_000, ...http },
    ...config,
  }
  const folder = tempDir({
    "config.yaml": JSON.stringify({ cicdstatemgr }),
    "secrets.yaml": JSON.stringify({
      cicdstatemgr: { slack: { token: TOKEN }, trigger: { token: TRIGGER_TOKEN }, ...secrets },
    }),
    "app.yaml": JSON.stringify({
      ...app,
      "cicd-contexts": { stage: { ...more, pipelines: { build: { "event-handlers": { done: event } } } } },
    }),
  })
  const environment = {
    CICDSTATEMGR_CONFIG_PATH: "config.yaml",
    CICDSTATEMGR_SECRETS_PATH: "secrets.yaml",
    CICDSTATEMGR_CONTEXT_DATA_ID: "c",
    ...env,
  }
  const runSync = (...args: string[]) => cli(folder, args, { env: environment })
  if (init) expect(runSync("init", "c", "--app-config", "app.yaml")).toMatchObject({ status: 0 })
  return {
    folder,
    run: (...args: string[]) => cliBeside(folder, args, environment),
    runWith: (extra: Record<string, string>, ...args: string[]) =>
      cliBeside(folder, args, { ...environment, ...extra }),
    start: (onStart: (child: ChildProcess) => void, ...args: string[]) => cliBeside(folder, args, environment, onStart),
    state: () => stored(folder),
    revisions: () => JSON.parse(runSync("history", "c", "-o", "json").stdout).length as number,
    files: () => filesBelow(folder),
  }
}

/** The state in the primary's file, but for what init put there; undefined while there is none. */
export function stored(folder: string): Record<string, unknown> | undefined {
  const file = join(folder, "primary/c.json")
  if (!existsSync(file)) return undefined
  const { cicdContextDataId, cicdContextName, ...others } = JSON.parse(readFileSync(file, "utf8")).state
  expect([cicdContextDataId, cicdContextName]).toEqual(["c", "stage"])
  return others
}

function filesBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
  const files = names.filter((name) => statSync(join(folder, name)).isFile()).sort()
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "latin1")]))
}

/** What the errors of the command line say, one a line. */
export const told = (stderr: string) => stderr.split("\n").filter((line) => line.startsWith("cicdstatemgr: "))

/** What no log line may show at the usual level. */
export function expectNoSecrets(text: string): void {
  for (const secret of [TOKEN, TRIGGER_TOKEN, "Authorization", "authorization", "Bearer", ...HIDDEN]) {
    expect(text).not.toContain(secret)
  }
  expect(text).not.toMatch(/^\s+at /m)
}

/** Far beyond what any command may take; one that still runs then is killed and has no status. */
const HANGS_MS = 25_000

/** As {@link cli}, but servers of this process can answer it. */
async function cliBeside(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onStart: (child: ChildProcess) => void = () => {},
): Promise<Outcome & { readonly signal: NodeJS.Signals | null }> {
  const [program, ...first] = COMMAND
  const child = spawn(program, [...first, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: HANGS_MS,
    killSignal: "SIGKILL",
  })
  onStart(child)
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on("data", (chunk) => out.push(chunk))
  child.stderr.on("data", (chunk) => err.push(chunk))
  const [status, signal] = await once(child, "close")
  return { status, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
}
