/** TLS of a connection to Redis: the config's files become Node's settings. */
import { readFile } from "node:fs/promises"
import type { ConnectionOptions } from "node:tls"
import type { RedisLogin, RedisSource, RedisTls } from "../core/config/redis-source.js"
import { StateError } from "../errors.js"
import { errnoOf } from "./file-error.js"

/** The source with its paths made absolute. */
export function withAbsolutePaths<S extends RedisSource>(source: S, resolvePath: (path: string) => string): S {
  const resolved = <L extends RedisLogin>(login: L): L => ({ ...login, tls: resolveFiles(login.tls, resolvePath) })
  const absolute = resolved(source)
  return "sentinel" in absolute ? { ...absolute, sentinel: resolved(absolute.sentinel) } : absolute
}

function resolveFiles(tls: RedisLogin["tls"], resolvePath: (path: string) => string): RedisLogin["tls"] {
  if (typeof tls !== "object") return tls
  const resolve = (path: string | undefined) => path && resolvePath(path)
  return { ...tls, caFile: resolve(tls.caFile), certFile: resolve(tls.certFile), keyFile: resolve(tls.keyFile) }
}

/**
 * Reads the files anew for each connection: certificates are replaced while a program runs.
 * @throws StateError CONFIG_INVALID for a file that cannot be read
 */
export async function tlsOptions(tls: RedisLogin["tls"]): Promise<ConnectionOptions | undefined> {
  if (typeof tls !== "object") return tls ? {} : undefined
  const read = (key: keyof RedisTls) => tls[key] && readPem(key, tls[key])
  const [ca, cert, key] = await Promise.all([read("caFile"), read("certFile"), read("keyFile")])
  return { ...(ca && { ca }), ...(cert && { cert, key }), ...(tls.serverName && { servername: tls.serverName }) }
}

const readPem = (key: string, path: string): Promise<Buffer> =>
  readFile(path).catch((cause: unknown) => {
    const why = errnoOf(cause) ?? "it is not readable"
    throw new StateError("CONFIG_INVALID", `tls.${key} "${path}" of the redis datasource cannot be read: ${why}`, {
      hint: "Check the path, and that this user may read the file.",
      cause,
    })
  })
