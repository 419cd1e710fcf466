/** Links for what looks like a URL or a mail address. Work is linear in the length of each word. */
import { filterArgumentError } from "../errors.js"
import { escapeHtml } from "../html.js"
import { isTrue, itemsOf } from "../iterate.js"
import { wholeOf } from "../methods/string.js"
import { repr, toText } from "../repr.js"
import type { Runtime } from "../runtime.js"
import { SPACE_CLASS, sliceText, textLength, words } from "../text.js"
import { isText, Markup, type Py, textOf } from "../values.js"

const http = () =>
  /^(?:(?:https?:\/\/|www\.)(?:(?:[\p{L}\p{N}_%-]+\.)+)?(?:[a-z]{2,63}|xn--[\p{L}\p{N}_%]{2,59})|(?:[\p{L}\p{N}_%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)|https?:\/\/(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\]))(?::\d{1,5})?(?:[/?#]\S*)?$/iu
const mail = () => /^[^\s]+@[\p{L}\p{N}_][\p{L}\p{N}_.-]*\.[\p{L}\p{N}_]+$/u
const schemePrefix = () => /^[\p{L}\p{N}_.+-]{2,}:\/{0,2}$/u
const SPACES = new RegExp(`(${SPACE_CLASS}+)`)
const LEAD = /^(?:[(<]|&lt;)+/
const ENDS = [")", ">", ".", ",", "\n", "&gt;"]
const PAIRS = [
  ["(", ")"],
  ["<", ">"],
  ["&lt;", "&gt;"],
] as const

interface Links {
  readonly attributes: string
  readonly trim: (url: string) => string
  readonly schemes: readonly string[]
}

export function urlize(
  rt: Runtime,
  value: Py,
  limit: Py = null,
  nofollow: Py = false,
  target: Py = null,
  rel: Py = null,
  extraSchemes: Py = null,
): Py {
  const names = new Set([
    "noopener",
    ...(isTrue(nofollow) ? ["nofollow"] : []),
    ...(isTrue(rel) ? words(toText(rt, rel)) : []),
  ])
  const schemes = extraSchemes === null ? [] : itemsOf(rt, extraSchemes).map((scheme) => schemeOf(rt, scheme))
  const links: Links = {
    attributes:
      ` rel="${escapeHtml(rt, [...names].sort().join(" "))}"` +
      (isTrue(target) ? ` target="${escapeHtml(rt, target)}"` : ""),
    trim: trimmer(limit),
    schemes,
  }
  const parts = escapeHtml(rt, value).split(SPACES)
  rt.tick(16 + parts.length * 8)
  const text = parts.map((part) => linkWord(part, links)).join("")
  rt.text(text.length)
  return rt.autoescape ? new Markup(text) : text
}

function schemeOf(rt: Runtime, scheme: Py): string {
  if (isText(scheme) && schemePrefix().test(textOf(scheme))) return textOf(scheme)
  throw filterArgumentError(`${repr(rt, scheme)} is not a valid URI scheme prefix.`)
}

function trimmer(limit: Py): (url: string) => string {
  if (limit === null) return (url) => url
  const most = wholeOf(limit)
  return (url) => {
    const length = textLength(url)
    return length > most ? `${sliceText(url, 0, most < 0 ? Math.max(0, length + most) : most)}...` : url
  }
}

function linkWord(word: string, links: Links): string {
  const head = LEAD.exec(word)?.[0] ?? ""
  let middle = word.slice(head.length)
  let tail = ""
  const end = tailStart(middle)
  tail = middle.slice(end)
  middle = middle.slice(0, end)
  for (const [open, close] of PAIRS) {
    const opened = count(middle, open)
    if (opened <= count(middle, close)) continue
    for (let n = Math.min(opened, count(tail, close)); n > 0; n--) {
      const cut = tail.indexOf(close) + close.length
      middle += tail.slice(0, cut)
      tail = tail.slice(cut)
    }
  }
  return head + link(middle, links) + tail
}

const count = (text: string, part: string) => text.split(part).length - 1

/** Where the punctuation at the end begins. */
function tailStart(word: string): number {
  let end = word.length
  for (;;) {
    const mark = ENDS.find((each) => word.endsWith(each, end))
    if (mark === undefined) return end
    end -= mark.length
  }
}

function link(url: string, { attributes, trim, schemes }: Links): string {
  if (http().test(url)) {
    const href = /^https?:\/\//.test(url) ? url : `https://${url}`
    return `<a href="${href}"${attributes}>${trim(url)}</a>`
  }
  if (url.startsWith("mailto:") && isMail(url.slice(7))) return `<a href="${url}">${url.slice(7)}</a>`
  if (url.includes("@") && !url.startsWith("www.") && !url.includes(":") && isMail(url)) {
    return `<a href="mailto:${url}">${url}</a>`
  }
  const scheme = schemes.find((each) => url !== each && url.startsWith(each))
  return scheme === undefined ? url : `<a href="${url}"${attributes}>${url}</a>`
}

/** An address; not one that begins with its `@`-part only. */
const isMail = (text: string) => !text.startsWith("@") && mail().test(text)
