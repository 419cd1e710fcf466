import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"

export interface Forwarder {
  /** Where connections go from now on. */
  to(port: number): void
  close(): Promise<void>
}

/** Listens on an address and passes connections on to a port of 127.0.0.1; without one they are closed at once. */
export async function forward(address: string, port: number): Promise<Forwarder> {
  const sockets = new Set<Socket>()
  let target: number | undefined
  const server = createServer((client) => {
    const upstream = target === undefined ? undefined : connect(target, "127.0.0.1")
    if (!upstream) return client.destroy()
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }).listen(port, address)
  await once(server, "listening")
  return {
    to(port) {
      target = port
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}
