#!/usr/bin/env node
// A guided tour of examples/simple: no server to install, nothing outside a temporary folder. Usage: npm run quickstart
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { install, run } from "./install.mjs"

install()
if (!existsSync("dist/cli.cjs")) run(process.execPath, ["scripts/build.mjs"], "Building")

const cli = resolve("dist/cli.cjs")
const folder = mkdtempSync(join(tmpdir(), "cicdstatemgr-"))
const slack = spawn(process.execPath, ["examples/basics/echo-server.mjs", "0"], {
  stdio: ["ignore", "pipe", "inherit"],
})
process.once("exit", () => {
  slack.kill()
  rmSync(folder, { recursive: true })
})
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))

const useColor = process.stdout.isTTY && !process.env.NO_COLOR
const bold = (text) => (useColor ? `\u001b[1m${text}\u001b[0m` : text)

/** Explains, shows a command line, and runs it in a real shell. */
function step(explanation, command) {
  console.log(`\n# ${explanation}\n${bold(`$ ${command}`)}`)
  const script = `cicdstatemgr() { "${process.execPath}" "${cli}" "$@"; }\n${command}`
  const { status } = spawnSync("sh", ["-c", script], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    env: environment(),
  })
  if (status !== 0) throw new Error(`the command failed with status ${status}`)
}

// Nothing of the user's own set-up may change the story.
const environment = () => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^CICDSTATEMGR_|_proxy$/i.test(name))),
  CICDSTATEMGR_CONFIG_PATH: "config.yaml",
  CICDSTATEMGR_SECRETS_PATH: "secrets.yaml",
  CICDSTATEMGR_CONTEXT_DATA_ID: "build-42",
  CICDSTATEMGR_ACTOR: "quickstart",
})

cpSync("examples/simple", folder, { recursive: true })
const config = join(folder, "config.yaml")
const [greeting] = await once(slack.stdout, "data")
const address = /http:\S+/.exec(String(greeting))[0]
writeFileSync(config, readFileSync(config, "utf8").replace("http://127.0.0.1:8099", address))

console.log("\nA context is the memory of one pipeline run. It is built from an app file and its base; the config says")
console.log("where it is kept, and where messages go: here to a small server that plays Slack for this tour.")
for (const file of ["app.yaml", "bases/team.yaml", "config.yaml"]) {
  console.log(`\n--- ${file}\n${readFileSync(join(folder, file), "utf8").trimEnd()}`)
}
step(
  "Create the context. Here it is kept in a file; Redis would be a few other lines in the config.",
  "cicdstatemgr init build-42 --app-config app.yaml --bases-dir bases state.app=shop state.gitTag=v1.2-alpine",
)
step(
  "The app overrides its base: 2 replicas, not 1. The region comes from the base.",
  "cicdstatemgr get '(replicas|region)'",
)
step("Templates are rendered against all that the context knows.", "cicdstatemgr get variables.image")
step("Macros of the base work in any template.", "cicdstatemgr render \"{{ shout('deploying ' ~ state.app) }}\"")
step(
  "Set values. Each command changes the newest document in one atomic step, so parallel tasks lose nothing.",
  "cicdstatemgr set state.approvedBy=kim 'state.tests[]=unit,e2e' 'state.coverage:=97.5' --increment state.tries",
)
step(
  "Generators turn conditions of the app file into values.",
  "cicdstatemgr generate pipelines.build.generators.dockerfile && cicdstatemgr get state.build.baseImage",
)
step(
  "The event tested has a message for Slack. This is what would be sent, and what would be kept of the reply.",
  "cicdstatemgr handle-event build=tested --dry-run",
)
step("Now it is sent.", "cicdstatemgr handle-event build=tested")
step("The reply held the message; the rule of the config put it here.", "cicdstatemgr get state.lastMessage")
step("The document has a file of its own; beside it is a cache for shell scripts.", "ls state")
step(
  "A script sources that cache; values are quoted so that nothing in them can run.",
  '. ./state/context.sh && echo "$CICD_state__app $CICD_state__gitTag, tests: $CICD_state__tests__0 and $CICD_state__tests__1"',
)
step("Who changed what, and when:", "cicdstatemgr history build-42")
console.log("\nThat was the tour. Next: examples/basics, README.md, and `node dist/cli.cjs --help`.")
slack.kill()
