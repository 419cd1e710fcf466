// A webhook interceptor: what Slack posts is checked by its signature and becomes JSON for the EventListener's CEL.
// It takes buttons (a form with the JSON `payload`) and slash commands (a form); all else is refused with 401 or 400.
import { createHmac, timingSafeEqual } from "node:crypto"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"

const MAX_BYTES = 1_000_000
const MAX_AGE_SECONDS = 300

createServer(async (request, response) => {
  const body = await bodyOf(request)
  const reply = (status, text) => response.writeHead(status, { "Content-Type": "application/json" }).end(text)
  if (body === undefined) reply(413, '"too large"')
  else if (!isSlack(request.headers, body)) reply(401, '"the signature is not Slack\'s"')
  else {
    const form = new URLSearchParams(body)
    reply(200, form.get("payload") ?? JSON.stringify(Object.fromEntries(form)))
  }
}).listen(Number(process.env.PORT))

// https://api.slack.com/authentication/verifying-requests-from-slack
function isSlack(headers, body) {
  const time = headers["x-slack-request-timestamp"]
  if (!/^\d+$/.test(time ?? "") || Math.abs(Date.now() / 1000 - Number(time)) > MAX_AGE_SECONDS) return false
  const secret = readFileSync(process.env.SIGNING_KEY_FILE, "utf8").trim()
  const expected = Buffer.from(`v0=${createHmac("sha256", secret).update(`v0:${time}:${body}`).digest("hex")}`)
  const given = Buffer.from(headers["x-slack-signature"] ?? "")
  return given.length === expected.length && timingSafeEqual(given, expected)
}

async function bodyOf(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
