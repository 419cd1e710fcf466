/** Escaping as MarkupSafe does it, and back. */
import { toText } from "./repr.js"
import type { Runtime } from "./runtime.js"
import { words } from "./text.js"
import { Markup, type Py } from "./values.js"

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", ">": "&gt;", "<": "&lt;", "'": "&#39;", '"': "&#34;" }

/** The text of a value, escaped unless it is marked as safe. */
export function escapeHtml(rt: Runtime, value: Py): string {
  if (value instanceof Markup) return value.text
  const text = toText(rt, value)
  if (!/[&<>'"]/.test(text)) return text
  const escaped = text.replace(/[&<>'"]/g, (char) => ESCAPES[char] ?? char)
  rt.text(escaped.length)
  return escaped
}

export const marked = (rt: Runtime, value: Py): Markup => new Markup(escapeHtml(rt, value))

// The names of HTML 4, in the order of their code points from each start.
const NAMES: ReadonlyArray<readonly [number, string]> = [
  [34, "quot"],
  [38, "amp"],
  [39, "apos"],
  [60, "lt"],
  [62, "gt"],
  [
    160,
    "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml",
  ],
  [338, "OElig oelig"],
  [352, "Scaron scaron"],
  [376, "Yuml"],
  [402, "fnof"],
  [710, "circ"],
  [732, "tilde"],
  [913, "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho"],
  [931, "Sigma Tau Upsilon Phi Chi Psi Omega"],
  [
    945,
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega",
  ],
  [8194, "ensp emsp"],
  [8201, "thinsp"],
  [8204, "zwnj zwj lrm rlm"],
  [8211, "ndash mdash"],
  [8216, "lsquo rsquo sbquo"],
  [8220, "ldquo rdquo bdquo"],
  [8224, "dagger Dagger bull"],
  [8230, "hellip"],
  [8240, "permil"],
  [8242, "prime Prime"],
  [8249, "lsaquo rsaquo"],
  [8364, "euro"],
  [8482, "trade"],
  [8592, "larr uarr rarr darr harr"],
  [8721, "sum"],
  [8722, "minus"],
  [8734, "infin"],
  [8776, "asymp"],
  [8800, "ne equiv"],
  [8804, "le ge"],
]
const WINDOWS = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"
let names: Map<string, string> | undefined

function namedCharacters(): Map<string, string> {
  names ??= new Map(
    NAMES.flatMap(([start, list]) =>
      list.split(" ").map((name, i): [string, string] => [name, String.fromCodePoint(start + i)]),
    ),
  )
  return names
}

const ENTITY = /&(?:#([0-9]{1,10}|[xX][0-9a-fA-F]{1,8});?|([A-Za-z][A-Za-z0-9]{1,8});)/g

/** Character references to characters: numbers, and the names of HTML 4. */
export function unescapeHtml(text: string): string {
  if (!text.includes("&")) return text
  return text.replace(ENTITY, (whole, number: string | undefined, name: string | undefined) => {
    if (name !== undefined) return namedCharacters().get(name) ?? whole
    return numberedCharacter(Number(number?.replace(/^[xX]/, "0x")))
  })
}

function numberedCharacter(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return WINDOWS[code - 0x80] ?? ""
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "\ufffd"
  const isDropped = (code < 0x20 && ![9, 10, 12, 13].includes(code)) || code === 0x7f || (code & 0xfffe) === 0xfffe
  return isDropped ? "" : String.fromCodePoint(code)
}

/** The text without comments and tags, white space collapsed and character references resolved. */
export function stripTags(text: string): string {
  const bare = removeBetween(removeBetween(text, "<!--", "-->"), "<", ">")
  return unescapeHtml(words(bare).join(" "))
}

function removeBetween(text: string, open: string, close: string): string {
  let result = ""
  let at = 0
  for (let start = text.indexOf(open); start >= 0; start = text.indexOf(open, at)) {
    const end = text.indexOf(close, start)
    if (end < 0) break
    result += text.slice(at, start)
    at = end + close.length
  }
  return result + text.slice(at)
}
