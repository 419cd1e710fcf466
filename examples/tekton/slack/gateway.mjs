// Stands between Slack and the EventListener. What Slack posts (buttons: a form with the JSON `payload`; slash commands: a
// form) is checked by its signature and goes on as JSON, with a token that the EventListener asks for. Slack gets an empty
// 200, so that it shows nobody the listener's reply; 401 what is not signed by Slack, 413 what is too large, and 502 if the
// listener did not take it, of which Slack tells the user.
import { createHmac, timingSafeEqual } from "node:crypto"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"

const { PORT, URL_OF_EVENTS, TOKEN_FILE, SIGNING_KEY_FILE } = process.env
const MAX_BYTES = 1_000_000
const MAX_AGE_SECONDS = 300
// Slack waits for three seconds.
const LISTENER_MILLISECONDS = 2500

const secret = (file) => readFileSync(file, "utf8").trim()

createServer(async (request, response) => {
  try {
    response.writeHead(await answer(request)).end()
  } catch (error) {
    console.error(error.message)
    response.destroy()
  }
}).listen(Number(PORT))

/** The status that Slack gets. A connection that breaks is an error. */
async function answer(request) {
  const body = await bodyOf(request)
  if (body === undefined) return 413
  if (!isSlack(request.headers, body)) return 401
  const form = new URLSearchParams(body)
  try {
    const reply = await passOn(form.get("payload") ?? JSON.stringify(Object.fromEntries(form)))
    if (reply.ok) return 200
    console.error(`the EventListener answered ${reply.status}`)
  } catch (error) {
    console.error(`the EventListener: ${error.cause?.message ?? error.message}`)
  }
  return 502
}

const passOn = (json) =>
  fetch(URL_OF_EVENTS, {
    method: "POST",
    body: json,
    headers: { "Content-Type": "application/json", "X-Cicd-Slack-Token": secret(TOKEN_FILE) },
    signal: AbortSignal.timeout(LISTENER_MILLISECONDS),
  })

// https://api.slack.com/authentication/verifying-requests-from-slack
function isSlack(headers, body) {
  const time = headers["x-slack-request-timestamp"]
  if (!/^\d+$/.test(time ?? "") || Math.abs(Date.now() / 1000 - Number(time)) > MAX_AGE_SECONDS) return false
  const key = secret(SIGNING_KEY_FILE)
  const expected = Buffer.from(`v0=${createHmac("sha256", key).update(`v0:${time}:${body}`).digest("hex")}`)
  const given = Buffer.from(headers["x-slack-signature"] ?? "")
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** What is too large is read to its end, else nobody would read the answer. */
async function bodyOf(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= MAX_BYTES) chunks.push(chunk)
  }
  return size > MAX_BYTES ? undefined : Buffer.concat(chunks).toString()
}
