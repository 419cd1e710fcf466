/**
 * A text in quotes, on one line and with no other escapes than those of JSON.
 * @param line begins with the quote
 * @param most how many escapes it may have: each takes much memory
 * @returns the text, and how many characters of the line it takes with its quotes; undefined if it is not that simple
 */
export function quotedText(line: string, most: number): { text: string; length: number } | undefined {
  return line.startsWith("'") ? singleQuoted(line, most) : doubleQuoted(line, most)
}

function singleQuoted(line: string, most: number): { text: string; length: number } | undefined {
  let escapes = 0
  for (let i = 1; i < line.length; i++) {
    if (line[i] !== "'") continue
    if (line[i + 1] !== "'") return { text: line.slice(1, i).replaceAll("''", "'"), length: i + 1 }
    if (++escapes > most) return undefined
    i++
  }
  return undefined
}

function doubleQuoted(line: string, most: number): { text: string; length: number } | undefined {
  let escapes = 0
  for (let i = 1; i < line.length; i++) {
    if (line[i] === '"') {
      const text = unescaped(line.slice(1, i))
      return text === undefined ? undefined : { text, length: i + 1 }
    }
    if (line[i] !== "\\") continue
    if (++escapes > most) return undefined
    i++
  }
  return undefined
}

/** Other escapes than those of JSON, and halves of surrogate pairs, are not simple. */
const ESCAPE = /\\(?:u(?![dD][89a-fA-F])([\da-fA-F]{4})|(.))/gu
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
}

function unescaped(text: string): string | undefined {
  let isSimple = true
  const result = text.replace(ESCAPE, (_, hex: string | undefined, letter: string) => {
    const char = hex ? String.fromCharCode(Number.parseInt(hex, 16)) : ESCAPES[letter]
    isSimple &&= char !== undefined
    return char ?? ""
  })
  return isSimple ? result : undefined
}
