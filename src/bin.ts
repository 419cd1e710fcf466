/** The process: argv, streams, exit status. Everything else is in cli.ts. */
import { fstatSync, readFileSync } from "node:fs"
import { hostname } from "node:os"
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

main(process.argv.slice(2), {
  env: process.env,
  cwd: currentFolder(),
  hostname: hostname(),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  stdin: readStdin,
  color: process.stdout.isTTY === true && !process.env.NO_COLOR,
  now: () => new Date(),
}).then((status) => {
  process.exitCode = status || (outputFailed ? 1 : 0)
})

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
