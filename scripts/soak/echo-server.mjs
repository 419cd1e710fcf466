// What events are sent to: answers with what it was told, counts it, and now and then asks for another try.
import { once } from "node:events"
import { createServer } from "node:http"

const BUSY_SHARE = 0.1

export async function echoServer() {
  /** How often each token was taken. */
  const taken = new Map()
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    if (Math.random() < BUSY_SHARE) return response.writeHead(503, { "Retry-After": "0" }).end()
    const { token } = JSON.parse(Buffer.concat(chunks).toString())
    taken.set(token, (taken.get(token) ?? 0) + 1)
    return response.setHeader("Content-Type", "application/json").end(JSON.stringify({ ok: true, token }))
  }).listen(0, "127.0.0.1")
  server.on("clientError", (_, socket) => socket.destroy())
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    timesTaken: (token) => taken.get(token) ?? 0,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
