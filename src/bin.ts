/** The process: argv, streams, exit status. Everything else is in cli.ts. */
import { fstatSync, readFileSync, writeSync } from "node:fs"
import { constants, hostname } from "node:os"
import { join } from "node:path"
import { main } from "./cli.js"

let outputFailed = false
const writeOutput = writerTo(1, () => process.stdout, onOutputError)
// Nobody hears what fails here; what the command did counts all the same.
const writeMessage = writerTo(
  2,
  () => process.stderr,
  () => {},
)

// The first process of a container has no default actions: without a handler it would ignore these signals. What is
// being written is left as after any other end: the file or document before or after it, whole.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => process.exit(128 + constants.signals[signal]))

// Until the end is known: nothing left to wait for is no success.
process.exitCode = 1
main(process.argv.slice(2), {
  env: process.env,
  cwd: currentFolder(),
  hostname: hostname(),
  stdout: writeOutput,
  stderr: writeMessage,
  stdin: readStdin,
  get color() {
    return fstatSync(1).isCharacterDevice() && process.stdout.isTTY === true && !process.env.NO_COLOR
  },
  now: () => new Date(),
  licenses,
}).then((status) => {
  process.exitCode = status || (outputFailed ? 1 : 0)
})

/**
 * Writes to a descriptor at once: Node's streams take milliseconds to load. What a reader has no room for yet waits in
 * the stream, and all that comes after it.
 */
function writerTo(descriptor: number, open: () => NodeJS.WriteStream, onError: (error: Error) => void) {
  let stream: NodeJS.WriteStream | undefined
  return (text: string) => {
    let rest = Buffer.from(text)
    try {
      while (!stream && rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      if (codeOf(error) !== "EAGAIN") return onError(error)
      stream = open().on("error", onError)
    }
    stream?.write(rest)
  }
}

function onOutputError(error: Error): void {
  // A reader that has seen enough (`... | head -1`) closes the pipe: that is no failure of ours.
  if (codeOf(error) === "EPIPE") return
  if (!outputFailed) writeMessage(`cicdstatemgr: Cannot write to standard output: ${error.message}\n`)
  outputFailed = true
  process.exitCode = 1
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined
}

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
