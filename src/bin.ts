/** The process: argv, streams, exit status. Everything else is in cli.ts. */
import { fstatSync, readFileSync } from "node:fs"
import { constants, hostname } from "node:os"
import { join } from "node:path"
import { main } from "./cli.js"

let outputFailed = false
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`... | head -1`) closes the pipe: that is no failure of ours.
  if (error.code === "EPIPE") return
  if (!outputFailed) process.stderr.write(`cicdstatemgr: Cannot write to standard output: ${error.message}\n`)
  outputFailed = true
  process.exitCode = 1
})
// Nobody hears it; what the command did counts all the same.
process.stderr.on("error", () => {})

// The first process of a container has no default actions: without a handler it would ignore these signals. What is
// being written is left as after any other end: the file or document before or after it, whole.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => process.exit(128 + constants.signals[signal]))

main(process.argv.slice(2), {
  env: process.env,
  cwd: currentFolder(),
  hostname: hostname(),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  stdin: readStdin,
  color: process.stdout.isTTY === true && !process.env.NO_COLOR,
  now: () => new Date(),
  licenses,
}).then((status) => {
  process.exitCode = status || (outputFailed ? 1 : 0)
})

/** The binary holds those of the runtime as well; the bundle has its own beside it. */
function licenses(): string {
  const { getAsset, isSea } = process.getBuiltinModule("node:sea")
  return isSea() ? getAsset("licenses", "utf8") : readFileSync(join(__dirname, "THIRD-PARTY-NOTICES.txt"), "utf8")
}

/** A pipe may not be ready yet, which only a stream waits for; a stream of a folder would be empty without a word. */
async function readStdin(): Promise<Uint8Array> {
  const isStream = !fstatSync(0).isFile() && !fstatSync(0).isDirectory()
  return isStream ? Buffer.concat(await process.stdin.toArray()) : readFileSync(0)
}

/** The folder may have been deleted: then only absolute paths lead anywhere. */
function currentFolder(): string {
  try {
    return process.cwd()
  } catch {
    return "/"
  }
}
