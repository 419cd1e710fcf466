/** A TCP proxy in front of a server, which loses replies. */
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"

export interface TcpProxy {
  readonly port: number
  /** Takes no further connections. @returns true */
  refuse(): true
  close(): Promise<void>
}

/**
 * @param cuts whether the connection is cut instead of passing this part of a reply on; "half way" passes the first half
 *   of it
 */
export async function tcpProxy(
  target: { host: string; port: number },
  cuts: (reply: Buffer) => boolean | "half way",
): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on("data", (reply: Buffer) => {
      const cut = cuts(reply)
      if (cut === "half way") client.end(reply.subarray(0, reply.length / 2))
      else if (cut) client.destroy()
      else client.write(reply)
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  const refuse = () => {
    server.close()
    return true as const
  }
  return {
    port: address.port,
    refuse,
    async close() {
      for (const socket of sockets) socket.destroy()
      refuse()
    },
  }
}
