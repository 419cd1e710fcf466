/** Real servers on loopback that keep what they were sent. Each is gone after the test that started it. */
import { execFileSync, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http"
import { createServer as createHttpsServer } from "node:https"
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

export interface RecordedRequest {
  readonly method: string
  /** As in the request line: a path, or to a proxy a URL. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** Name, value, name, value: as they were sent. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** A reply, or a function that makes one, or none. */
export type Answer =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer }
  | ((response: ServerResponse, request: RecordedRequest) => void)

export interface RecordingServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  readonly port: number
  readonly requests: readonly RecordedRequest[]
}

/** The n-th request gets the n-th answer, each further one the last; 200 and no body unless told. */
export async function httpServer(...answers: readonly Answer[]): Promise<RecordingServer> {
  const requests: RecordedRequest[] = []
  const port = await listen(createHttpServer(answering(answers, requests)))
  return { origin: `http://127.0.0.1:${port}`, port, requests }
}

/** As {@link httpServer}, with a certificate for `localhost` and 127.0.0.1 signed by the given CA. */
export async function httpsServer(
  { key, cert }: Pick<Certificates, "key" | "cert">,
  ...answers: readonly Answer[]
): Promise<RecordingServer> {
  const requests: RecordedRequest[] = []
  const port = await listen(createHttpsServer({ key, cert }, answering(answers, requests)))
  return { origin: `https://localhost:${port}`, port, requests }
}

export interface TcpServer {
  readonly port: number
  /** What came on each connection so far, in the order of the connections. */
  readonly received: readonly Buffer[]
  /** Takes no further connections. */
  stop(): void
}

/** @param onData is told of each piece that comes, with all that has come on that connection */
export async function tcpServer(onData: (socket: Socket, soFar: Buffer) => void): Promise<TcpServer> {
  const received: Buffer[] = []
  const server = createTcpServer((socket) => {
    const index = received.push(Buffer.alloc(0)) - 1
    socket.on("error", () => {})
    socket.on("data", (chunk) => {
      received[index] = Buffer.concat([received[index]!, chunk])
      onData(socket, received[index])
    })
  })
  return { port: await listen(server), received, stop: () => void server.close() }
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

export interface ProxyServer extends RecordingServer {
  /** Host and port of each tunnel that was asked for, with the headers of its request. */
  readonly tunnels: ReadonlyArray<{ readonly authority: string; readonly headers: IncomingHttpHeaders }>
}

/** A forward proxy: passes plain requests on and makes tunnels. @param refusal the status of its answer to all */
export async function proxyServer({ refusal }: { refusal?: number } = {}): Promise<ProxyServer> {
  const requests: RecordedRequest[] = []
  const tunnels: { authority: string; headers: IncomingHttpHeaders }[] = []
  const server = createHttpServer((incoming, response) => {
    record(incoming).then((recorded) => {
      requests.push(recorded)
      if (refusal !== undefined) return response.writeHead(refusal).end()
      const { "proxy-authorization": _, ...headers } = recorded.headers
      const onward = request(recorded.target, { method: recorded.method, headers, agent: false }, (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers)
        reply.pipe(response)
      })
      onward.on("error", () => response.writeHead(502).end())
      onward.end(recorded.body)
    }, ignore)
  })
  server.on("connect", (incoming: IncomingMessage, client: Socket) => {
    const authority = incoming.url ?? ""
    tunnels.push({ authority, headers: incoming.headers })
    client.on("error", ignore)
    if (refusal !== undefined) return client.end(`HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\n\r\n`)
    const { hostname, port } = new URL(`http://${authority}`)
    const upstream = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n")
      upstream.pipe(client)
      client.pipe(upstream)
    })
    upstream.on("error", () => client.destroy())
    client.on("close", () => upstream.destroy())
    return client
  })
  const port = await listen(server)
  return { origin: `http://127.0.0.1:${port}`, port, requests, tunnels }
}

/** Why tests with certificates are skipped, or undefined when openssl is there. */
export const opensslMissing: string | undefined =
  spawnSync("openssl", ["version"]).status === 0
    ? undefined
    : "skipped: openssl is not installed (Debian package openssl)"

export interface Certificates {
  /** The CA's certificate as a PEM file. */
  readonly caFile: string
  readonly key: Buffer
  readonly cert: Buffer
}

export interface CertificateOptions {
  /** As in subjectAltName; `localhost` and 127.0.0.1 unless given. */
  readonly names?: readonly string[]
  /** How long the certificate is valid from now on; negative: it has expired. */
  readonly days?: number
}

/** A CA and a certificate by it, made by openssl. */
export function certificates(options: CertificateOptions = {}): Certificates {
  const { names = ["DNS:localhost", "IP:127.0.0.1"], days = 2 } = options
  const folder = mkdtempSync(join(tmpdir(), "cicdstatemgr-ca-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" })
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  writeFileSync(file("names"), `subjectAltName=${names.join(",")}\n`)
  openssl("req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA")
  openssl("req", ...newKey, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=server")
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", String(days), "-extfile", "names"]
  openssl("x509", "-req", "-in", "request.pem", "-out", "cert.pem", ...signing)
  return { caFile: file("ca.pem"), key: readFileSync(file("key.pem")), cert: readFileSync(file("cert.pem")) }
}

function answering(answers: readonly Answer[], requests: RecordedRequest[]) {
  return (incoming: IncomingMessage, response: ServerResponse) => {
    record(incoming).then((recorded) => {
      const answer = answers[Math.min(requests.push(recorded), answers.length) - 1] ?? {}
      if (typeof answer === "function") return answer(response, recorded)
      response.writeHead(answer.status ?? 200, answer.headers)
      response.end(answer.body)
    }, ignore)
  }
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const { method = "", url: target = "", headers, rawHeaders } = incoming
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return { method, target, headers, rawHeaders, body: Buffer.concat(chunks) }
}

/** On a free loopback port, until the end of the test. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** For what breaks off with the client. */
const ignore = () => {}
