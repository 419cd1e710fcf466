#!/usr/bin/env node
// A guided tour on the file store: no server, nothing outside a temporary folder. Usage: npm run quickstart
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { install, run } from "./install.mjs"

install()
if (!existsSync("dist/cli.cjs")) run(process.execPath, ["scripts/build.mjs"], "Building")

const cli = resolve("dist/cli.cjs")
const folder = mkdtempSync(join(tmpdir(), "cicdstatemgr-"))
cpSync("examples/quickstart", folder, { recursive: true })
const useColor = process.stdout.isTTY && !process.env.NO_COLOR
const bold = (text) => (useColor ? `\u001b[1m${text}\u001b[0m` : text)

let announced = false

/** Explains, shows a command line, runs it in a real shell and shows what it prints. */
function step(explanation, command) {
  console.log(`\n# ${explanation}\n${bold(`$ ${command}`)}`)
  const script = `cicdstatemgr() { "${process.execPath}" "${cli}" "$@"; }\n${command}`
  const { status, stderr } = spawnSync("sh", ["-c", script], {
    cwd: folder,
    stdio: ["ignore", "inherit", "pipe"],
    encoding: "utf8",
    env: environment(),
  })
  // That no config is given is worth one line, not one for each command.
  process.stderr.write(stderr.replace(/.*no config is given.*\n/g, (line) => (announced ? "" : line)))
  announced = true
  if (status !== 0) throw new Error(`the command failed with status ${status}`)
}

// Nothing of the user's own set-up may change the story.
const environment = () => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CICDSTATEMGR_"))),
  CICDSTATEMGR_CONTEXT_DATA_ID: "build-42",
  CICDSTATEMGR_ACTOR: "quickstart",
})

try {
  console.log("\nA context is the memory of one pipeline run. It is built from an app file and its base:")
  for (const file of ["app.yaml", "bases/team.yaml"]) {
    console.log(`\n--- ${file}\n${readFileSync(join(folder, file), "utf8").trimEnd()}`)
  }
  step(
    "Create the context. Without a config, contexts are kept in files here; Redis is a line in a config file.",
    "cicdstatemgr init build-42 --app-config app.yaml --bases-dir bases state.app=shop state.gitTag=v1.2-alpine",
  )
  step(
    "The app overrides its base: 2 replicas, not 1. The region comes from the base.",
    "cicdstatemgr get '(replicas|region)'",
  )
  step(
    "Templates are rendered when they are read, against all that the context knows.",
    "cicdstatemgr get variables.image",
  )
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
    "Four caches hold the document for other tools: YAML, JSON, shell and the id.",
    "ls .cicdstatemgr && cat .cicdstatemgr/cicdContextData.id && echo",
  )
  step(
    "A script sources the shell file; values are quoted so that nothing in them can run.",
    '. ./.cicdstatemgr/cicdContextData.sh && echo "$CICD_state__app $CICD_state__gitTag, tests: $CICD_state__tests__0 and $CICD_state__tests__1"',
  )
  step("Who changed what, and when:", "cicdstatemgr history build-42")
  console.log("\nThat was the tour. Next: README.md, and `node dist/cli.cjs --help`.")
} finally {
  rmSync(folder, { recursive: true })
}
