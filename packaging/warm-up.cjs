"use strict"
// Run at build time by the runtime of a binary: plays a command, and saves what V8 has compiled for it.
// Usage: node warm-up.cjs SCRIPTS FOLDER COMMAND, with the same FOLDER for all commands; "init" comes first
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs")
const { createServer } = require("node:http")
const { createServer: createTcpServer } = require("node:net")
const { join } = require("node:path")
const { setFlagsFromString } = require("node:v8")
const { prepare } = require("./launcher.cjs")

const [texts, folder, command] = process.argv.slice(2)
// The anchor is for the yaml package, which reads what is not simple.
const APP = `
variables: &own {image: "{{ state.app }}:{{ state.tag | default('latest') }}"}
cicd-contexts:
  stage:
    pipelines:
      build:
        event-handlers: {done: {notify: {message: "{{ state.app | upper }}"}}}
`
// In the forms that configs are written in.
const config = (datasources, http) => `# a comment
cicdstatemgr:
  datasources:
    ${datasources}
    yamlfile: {path: c.yaml}
    shellfile:
      path: c.sh
      excludeKeyNames: [appPipelinesConfig, jinja2Macros]
    idfile:
      path: 'c.id'
  # another one
  slack:
    url: "http://127.0.0.1:${http}/"
  templates:
    notify: |
      {"text": {{ notify.message | tojson }}}
    respond: >
      {
        "text": "\u00e4"
      }
  notify:
    auto-capture-response-data:
      - from: "{{ body.ts }}"
        to: state.ts
`
const FILES = ["--id", "c", "--config", "file.yaml", "--secrets", "secrets.yaml"]
const PLAYED = {
  init: [["init", "c", "--app-config", "app.yaml", "state.app=shop", "state.n:=1", "--overwrite", ...FILES.slice(2)]],
  load: [["load", "c", "--output-dir", "out", ...FILES.slice(2)]],
  get: [
    ["get", "state", "-o", "json", "--id", "c", "--output-dir", "out"],
    ["get", "variables.image", ...FILES],
  ],
  "handle-event": [["handle-event", "build=done", ...FILES]],
  set: [
    ["set", "state.list[]=a,b", "--increment", "state.n", ...FILES],
    ["set", "state.a=1", "--id", "c", "--config", "redis.yaml"],
  ],
  help: [["--help"]],
}

/**
 * What V8's compilers beyond its interpreter have come to depends on the time and leaves marks in a cache: they are off
 * while a command plays. But V8 takes a cache only under the flags that it was made with.
 */
function setCompilers(prefix) {
  for (const compiler of ["sparkplug", "maglev", "opt"]) setFlagsFromString(`${prefix}${compiler}`)
}

setCompilers("--no-")
const scripts = new Map()
const start = prepare(
  (name) => readFileSync(join(texts, `${name}.js`), "latin1"),
  () => undefined,
  (name, script) => scripts.set(name, script),
)
const http = createServer((_, response) => response.end('{"ok": true, "ts": "1"}'))
// What answers in Redis' protocol, though only with errors, lets the client compile all that it needs for a command.
const redis = createTcpServer((socket) => socket.on("data", () => socket.write("-ERR\r\n")).on("error", () => {}))
http.listen(0, "127.0.0.1", () => redis.listen(0, "127.0.0.1", play))

function play() {
  const work = join(folder, "work")
  mkdirSync(work, { recursive: true })
  process.chdir(work)
  writeFileSync("app.yaml", APP)
  writeFileSync("file.yaml", config("jsonfile: {path: '{id}.json', isPrimary: true}", http.address().port))
  writeFileSync("redis.yaml", config(`redis: {host: 127.0.0.1, port: ${redis.address().port}, isPrimary: true}`, 0))
  writeFileSync("secrets.yaml", "cicdstatemgr: {slack: {token: none}}\n")
  http.unref()
  redis.unref()
  const left = [...PLAYED[command]]
  process.on("beforeExit", () => (left.length > 0 ? setImmediate(next, left.shift()) : save()))
}

function next(args) {
  process.argv = [process.execPath, process.execPath, ...args]
  start()
}

function save() {
  setCompilers("--")
  for (const [name, script] of scripts) {
    const cache = name === "main" ? `main-${command}` : name
    writeFileSync(join(folder, cache), script.createCachedData())
  }
  process.exit(0)
}
