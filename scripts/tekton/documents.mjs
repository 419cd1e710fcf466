/** YAML files as documents whose lines are known, with what a linter would say of the text itself. */
import { isScalar, LineCounter, parseAllDocuments, visit } from "yaml"

/** Words and numbers that YAML 1.1, which kubectl and Tekton read, takes for booleans or octal numbers. */
const AMBIGUOUS = /^(?:y|yes|n|no|on|off|0\d+)$/i

/**
 * @param {string} file
 * @param {string} text
 * @returns {{ documents: Document[], problems: Problem[] }}
 * @typedef {{ file: string, line: number, message: string }} Problem
 * @typedef {{ file: string, value: any, kind: string, name: string, report: (path: (string | number)[], message: string) => Problem }} Document
 */
export function readDocuments(file, text) {
  const counter = new LineCounter()
  const lineAt = (offset) => counter.linePos(offset ?? 0).line
  const problems = lintText(file, text)
  const documents = []
  for (const yaml of parseAllDocuments(text, { lineCounter: counter, uniqueKeys: true, version: "1.2" })) {
    for (const { pos, message } of [...yaml.errors, ...yaml.warnings]) {
      problems.push({ file, line: lineAt(pos[0]), message: message.split("\n")[0] })
    }
    visit(yaml, {
      Scalar(_, { type, source, range }) {
        if (type !== "PLAIN" || !AMBIGUOUS.test(source)) return
        problems.push({
          file,
          line: lineAt(range[0]),
          message: `"${source}" means something else in YAML 1.1: quote it`,
        })
      },
    })
    if (yaml.errors.length === 0 && yaml.contents !== null) documents.push(toDocument(file, yaml, lineAt))
  }
  return { documents, problems }
}

function toDocument(file, yaml, lineAt) {
  const value = yaml.toJS()
  return {
    file,
    value,
    kind: value?.kind,
    name: value?.metadata?.name ?? value?.metadata?.generateName,
    report: (path, message) => ({ file, line: lineAt(offsetOf(yaml, path)), message: `${path.join(".")}: ${message}` }),
  }
}

/** Where a path begins: its key, if it has one; for what is not there, its nearest parent. */
function offsetOf(yaml, path) {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = yaml.getIn(path.slice(0, length - 1), true)
    const last = path[length - 1]
    const pair = parent?.items?.find(({ key }) => isScalar(key) && key.value === last)
    const node = pair?.key ?? yaml.getIn(path.slice(0, length), true)
    if (node?.range) return node.range[0]
  }
  return yaml.contents?.range?.[0]
}

const LINE_RULES = [
  [/\s$/, "trailing blanks"],
  [/^\s*\t/, "a tab as indentation"],
]

function lintText(file, text) {
  const lines = text.split("\n")
  const problems = lines.flatMap((line, i) =>
    LINE_RULES.filter(([pattern]) => pattern.test(line)).map(([, message]) => ({ file, line: i + 1, message })),
  )
  if (!text.endsWith("\n")) problems.push({ file, line: lines.length, message: "no newline at the end" })
  return problems
}
