/** A real Python beside us: what our readers and writers do is compared with what Python's json and PyYAML do. */
import { spawnSync } from "node:child_process"
import { floatRepr } from "../../src/data/python.js"
import { isList, isMap, type Value } from "../../src/data/value.js"

/** A Python that has PyYAML, or undefined; a note on stderr says so then. */
export const pyYaml = findPython("yaml", "Debian: python3-yaml")
export const python = pyYaml ?? findPython("json", "Debian: python3")

function findPython(module: string, hint: string): string | undefined {
  const found = ["python3", "/usr/bin/python3"].find((name) => spawnSync(name, ["-c", `import ${module}`]).status === 0)
  if (!found) console.warn(`No python3 with the module "${module}" (${hint}): comparisons with it are skipped`)
  return found
}

/** What one input gave in Python: its result, or the error that it raised. */
export type Answer = { readonly result: unknown } | { readonly error: string }

const PRELUDE = `
import sys, json
def encode(value, outer=()):
    if id(value) in outer: raise ValueError("recursive")
    outer += (id(value),)
    if value is None: return ["null"]
    if isinstance(value, bool): return ["bool", value]
    if isinstance(value, int): return ["int", str(value)]
    if isinstance(value, float): return ["float", repr(value)]
    if isinstance(value, str): return ["str", value]
    if isinstance(value, list): return ["list", [encode(item, outer) for item in value]]
    if isinstance(value, dict):
        keys = {}
        for key in value: keys[key if isinstance(key, str) else next(iter(json.loads(json.dumps({key: 0}))))] = value[key]
        return ["dict", [[key, encode(item, outer)] for key, item in keys.items()]]
    raise ValueError("a %s" % type(value))
def decode(code):
    kind, value = code[0], code[-1]
    if kind == "null": return None
    if kind == "int": return int(value)
    if kind == "float": return float(value)
    if kind == "list": return [decode(item) for item in value]
    if kind == "dict": return {key: decode(item) for key, item in value}
    return value
`
const LOOP = `
for line in sys.stdin:
    try: answer = {"result": answer_to(json.loads(line))}
    except Exception as error: answer = {"error": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(answer))
`

/**
 * Runs one Python process over many inputs.
 * @param definition defines `answer_to(input)`; `encode` and `decode` are the counterparts of {@link encode}
 */
export function askPython(name: string, definition: string, inputs: readonly unknown[]): Answer[] {
  const input = inputs.map((item) => `${JSON.stringify(item)}\n`).join("")
  const run = spawnSync(name, ["-c", PRELUDE + definition + LOOP], { input, maxBuffer: 1 << 30, encoding: "utf8" })
  if (run.status !== 0) throw new Error(`python failed: ${run.stderr}`)
  return run.stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Answer)
}

/** A Value with its types spelt out, as plain JSON: `1` and `1.0` and `"1"` all differ. */
export function encode(value: Value): unknown {
  if (value === null) return ["null"]
  if (typeof value === "boolean") return ["bool", value]
  if (typeof value === "bigint") return ["int", value.toString()]
  if (typeof value === "number") return ["float", floatRepr(value)]
  if (typeof value === "string") return ["str", value]
  if (isList(value)) return ["list", value.map(encode)]
  return isMap(value) ? ["dict", [...value].map(([key, item]) => [key, encode(item)])] : undefined
}

/** PyYAML's FullLoader with our decisions: dates and plain `=` and `<<` stay text. */
export const LOAD_YAML = `
import yaml
class Loader(yaml.FullLoader): pass
Loader.yaml_implicit_resolvers = {first: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
                                  for first, pairs in yaml.FullLoader.yaml_implicit_resolvers.items()}
for tag in ("value", "merge", "timestamp"): Loader.add_constructor("tag:yaml.org,2002:" + tag, Loader.construct_yaml_str)
def answer_to(text): return encode(yaml.load(text, Loader))
`
