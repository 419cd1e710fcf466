#!/usr/bin/env node
// Plays Slack and a Tekton EventListener: answers every request with what it got, {args, data, headers, json, url}.
// Usage: node echo-server.mjs [PORT [FILE]]; port 0 takes a free one; FILE gets each answer, in place of the last one.
import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { text } from "node:stream/consumers"

const [port = "8099", file] = process.argv.slice(2)

const server = createServer(async (request, response) => {
  try {
    const answer = JSON.stringify(echo(request, await text(request)))
    if (file) writeFileSync(file, answer)
    response.setHeader("Content-Type", "application/json").end(answer)
  } catch (error) {
    // One odd request, or a client that left, must not end the server.
    response.writeHead(400).end(String(error))
  }
})
server.listen(Number(port), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

function echo(request, body) {
  const url = new URL(request.url, `http://${request.headers.host}`)
  const json = parsed(body)
  return {
    args: Object.fromEntries(url.searchParams),
    data: json ?? body,
    headers: request.headers,
    json,
    url: url.href,
  }
}

function parsed(body) {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}
