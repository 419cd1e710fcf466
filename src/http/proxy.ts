/** The proxy for a URL, by the variables that curl and Python's requests look at. */
import { BlockList, isIP } from "node:net"
import { isHttp } from "../core/request-url.js"
import { DeliveryFailure } from "./failure.js"

export type Environment = Readonly<Record<string, string | undefined>>

export interface HttpProxy {
  /** Without credentials. */
  readonly url: URL
  /** The value of Proxy-Authorization, for the proxy alone. */
  readonly authorization: string | undefined
}

/**
 * HTTPS_PROXY or HTTP_PROXY by the URL's scheme, else ALL_PROXY, unless NO_PROXY names the host; each of them first in
 * small letters.
 * @throws DeliveryFailure when the variable holds no address of an http or https proxy
 */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  const read = (name: string) => env[name] || env[name.toUpperCase()]
  const name = url.protocol === "https:" ? "https_proxy" : "http_proxy"
  const address = read(name) ?? read("all_proxy")
  return address === undefined || isExcluded(url, read("no_proxy") ?? "") ? undefined : parseProxy(address, name)
}

function parseProxy(text: string, name: string): HttpProxy {
  const address = text.includes("://") ? text : `http://${text}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !isHttp(url)) {
    throw new DeliveryFailure(`${name.toUpperCase()} (or ALL_PROXY) is not the address of an http or https proxy`)
  }
  const credentials = `${decode(url.username)}:${decode(url.password)}`
  url.username = ""
  url.password = ""
  const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`
  return { url, authorization: credentials === ":" ? undefined : authorization }
}

/** As it was meant: a lone `%` stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Entries of NO_PROXY: `*`, a host, which takes in its subdomains, with or without a port, an address, a CIDR block. */
function isExcluded(url: URL, entries: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase()
  const port = url.port || (url.protocol === "https:" ? "443" : "80")
  return entries.split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true
    if (entry.includes("/")) return isInBlock(host, entry)
    const [, name = entry, onlyPort = port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? []
    const domain = name
      .replace(/^\[|\]$/g, "")
      .replace(/^\*?\./, "")
      .toLowerCase()
    return domain !== "" && onlyPort === port && (host === domain || host.endsWith(`.${domain}`))
  })
}

function isInBlock(host: string, block: string): boolean {
  const [network = "", prefix = ""] = block.split("/")
  const version = isIP(network)
  const bits = Number(prefix)
  if (version === 0 || isIP(host) !== version || !/^\d+$/.test(prefix) || bits > (version === 4 ? 32 : 128))
    return false
  const list = new BlockList()
  const family = version === 4 ? "ipv4" : "ipv6"
  list.addSubnet(network, bits, family)
  return list.check(host, family)
}
