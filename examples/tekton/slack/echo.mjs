// Stands for Slack, to try the example without it.
//   GET  /                       the channels, with a number for each button
//   POST /click/NUMBER           presses a button: Slack's form with `payload` goes to the gateway, signed
//   POST /command                the body is a slash command, such as /ship shop v1.4.2 prod
//   POST /api/chat.postMessage   as Slack's Web API
//   POST /response/NUMBER        as Slack's response_url: replaces the message of the button, or answers the command
//   GET  /messages               what is there, as JSON
import { createHmac } from "node:crypto"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"

const { PORT, URL_OF_SLACK, URL_OF_EVENTS, TOKEN_FILE, SIGNING_KEY_FILE, USER_NAME = "kim" } = process.env
const secret = (file) => readFileSync(file, "utf8").trim()
const messages = []

createServer(async (request, response) => {
  try {
    const [status, type, text] = await answer(request, await bodyOf(request))
    response.writeHead(status, { "Content-Type": type }).end(text)
  } catch (error) {
    console.error(error.message)
    response.destroy()
  }
}).listen(Number(PORT))

/** A connection that breaks is an error. */
async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function answer({ method, url, headers }, body) {
  const [, route, number] = /^\/([\w./]*?)(?:\/(\d+))?$/.exec(url) ?? []
  try {
    const reply = await ROUTES[`${method} ${route}`]?.({ body, headers, number: Number(number) })
    return reply ? [200, ...reply] : [404, ...plain("")]
  } catch (error) {
    return [400, ...plain(`${error.cause?.message ?? error.message}\n`)]
  }
}

const json = (value) => ["application/json", JSON.stringify(value)]
const plain = (text) => ["text/plain; charset=utf-8", text]

const ROUTES = {
  "GET ": () => plain(messages.map(show).join("\n")),
  "GET messages": () => json(messages),
  "POST api/chat.postMessage": ({ body, headers }) => {
    if (headers.authorization !== `Bearer ${secret(TOKEN_FILE)}`) return json({ ok: false, error: "invalid_auth" })
    const message = JSON.parse(body)
    if (!message.channel) return json({ ok: false, error: "channel_not_found" })
    const ts = add(message)
    return json({ ok: true, channel: message.channel, ts, message: { ...message, ts } })
  },
  "POST click": async ({ number }) => {
    const button = buttons().find((each) => each.number === number)
    if (!button) return undefined
    const payload = {
      type: "block_actions",
      user: { id: "U1", name: USER_NAME },
      message: button.message,
      actions: [button.element],
      response_url: responseUrl(messages.indexOf(button.message)),
    }
    return plain(await send({ payload: JSON.stringify(payload) }))
  },
  "POST command": async ({ body }) => {
    const [command, ...words] = body.trim().split(" ")
    const ts = add({ channel: "#general", text: body.trim() })
    const url = responseUrl(messages.findIndex((message) => message.ts === ts))
    return plain(await send({ command, text: words.join(" "), user_name: USER_NAME, response_url: url }))
  },
  "POST response": ({ body, number }) => {
    const { text, replace_original: replaces } = JSON.parse(body)
    const { channel, ts } = messages[number]
    if (replaces === "true") messages[number] = { channel, ts, text }
    else add({ channel, thread_ts: ts, text })
    return json({ ok: true })
  },
}

function add(message) {
  const ts = `${Math.floor(Date.now() / 1000)}.${String(messages.length).padStart(6, "0")}`
  messages.push({ ...message, ts })
  return ts
}

const responseUrl = (index) => `${URL_OF_SLACK}/response/${index}`

const elementsOf = ({ blocks = [] }) => blocks.flatMap(({ elements = [] }) => elements)

const buttons = () =>
  messages
    .flatMap((message) => elementsOf(message).map((element) => ({ message, element })))
    .map((button, i) => ({ ...button, number: i + 1 }))

function show(message) {
  const own = buttons().filter((button) => button.message === message)
  const texts = (message.blocks ?? [{ text: { text: message.text } }]).map((block) =>
    block.elements
      ? block.elements
          .map((each) => `[${own.find(({ element }) => element === each).number}: ${each.text.text}]`)
          .join(" ")
      : block.text.text,
  )
  return `${message.channel} ${message.thread_ts ? "  " : ""}${texts.join("\n").replaceAll("\n", "\n    ")}\n`
}

async function send(form) {
  const body = new URLSearchParams(form).toString()
  const time = String(Math.floor(Date.now() / 1000))
  const signature = createHmac("sha256", secret(SIGNING_KEY_FILE)).update(`v0:${time}:${body}`).digest("hex")
  const reply = await fetch(URL_OF_EVENTS, {
    method: "POST",
    body,
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "X-Slack-Request-Timestamp": time,
      "X-Slack-Signature": `v0=${signature}`,
    },
  })
  return `${reply.status}\n`
}
