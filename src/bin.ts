/** The process: argv, streams, exit status. Everything else is in cli.ts. */
import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import { main } from "./cli.js"

// A reader that has seen enough (`... | head -1`) closes the pipe: that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
})

main(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  hostname: hostname(),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  stdin: () => readFileSync(0, "utf8"),
  color: process.stdout.isTTY === true && !process.env.NO_COLOR,
  now: () => new Date(),
}).then((status) => {
  process.exitCode = status
})
