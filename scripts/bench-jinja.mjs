// The Jinja2 engine beside nunjucks, in turn in the same process, on a notify body that both render alike.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import nunjucks from "nunjucks"

const { createJinja, parseJson } = await import(pathToFileURL("dist/jinja.js").href)

const TEMPLATE = `{
  "channel": "{{ channel }}",
  "text": "{{ notify.message|replace('"', "'") }}",
  "blocks": [
    {% for name, choice in manualChoice.choices %}
    {
      "header": "{{ choice.header|upper }}",
      "options": [{% for option in choice.options %}
        {"text": "{{ option.text }}", "value": "{{ option.value }}", "first": {% if loop.first %}true{% else %}false{% endif %}}{{ "," if not loop.last }}
      {% endfor %}]
    }{{ "," if not loop.last }}
    {% endfor %}
  ],
  "run": "{{ configData.dashboard.url }}/{{ state.runs[state.last].uid }}"
}
`
const DATA = {
  channel: "#shop",
  notify: { message: 'build "7" is done' },
  configData: { dashboard: { url: "http://dashboard.example.test" } },
  state: { last: "b", runs: { a: { uid: "1" }, b: { uid: "2" } } },
  manualChoice: {
    choices: Array.from({ length: 4 }, (_, i) => [
      `group${i}`,
      {
        header: `Choose ${i}`,
        options: Array.from({ length: 3 }, (_, k) => ({ text: `Option ${k}`, value: `v${i}${k}` })),
      },
    ]),
  },
}

const scope = parseJson(JSON.stringify(DATA))
const engine = createJinja()
const environment = new nunjucks.Environment(null, { autoescape: false })
const ours = engine.compile(TEMPLATE)
const theirs = nunjucks.compile(TEMPLATE, environment)
// nunjucks keeps the final newline that Jinja2 drops.
if (ours.render(scope) !== theirs.render(DATA).replace(/\n$/, ""))
  throw new Error("the two engines do not render alike")

console.log("\n== Jinja2 engine against nunjucks, a notify body (median of 15, 10th to 90th percentile)")
report(
  "renders/s          ",
  () => ours.render(scope),
  () => theirs.render(DATA),
)
report(
  "compile + render/s ",
  () => engine.render(TEMPLATE, scope),
  () => nunjucks.compile(TEMPLATE, environment).render(DATA),
)
coldStart()
const { inputs } = Object.values(JSON.parse(readFileSync("dist/cli.meta.json", "utf8")).outputs)[0]
const bytes = (prefix) =>
  Object.entries(inputs).reduce(
    (sum, [name, { bytesInOutput }]) => sum + (name.startsWith(prefix) ? bytesInOutput : 0),
    0,
  )
console.log(`size in the bundle   ${(bytes("src/jinja/") / 1024).toFixed(0)} KB of ${(bytes("") / 1024).toFixed(0)} KB`)

/** Rounds of the two in turn, each as long as the other; the ratio is that of their rates. */
function report(name, ourRun, theirRun) {
  const ratios = []
  for (let i = -3; i < 15; i++) {
    const [a, b] = [rate(ourRun), rate(theirRun)]
    if (i >= 0) ratios.push(a / b)
  }
  ratios.sort((a, b) => a - b)
  console.log(`${name}  ${ratios[7].toFixed(2)} x   (${ratios[1].toFixed(2)} to ${ratios[13].toFixed(2)})`)
}

function rate(run) {
  const start = performance.now()
  let count = 0
  while (performance.now() - start < 100) {
    for (let i = 0; i < 10; i++) run()
    count += 10
  }
  return count / (performance.now() - start)
}

/** A new process that loads the engine and renders once, against one that does nothing. */
function coldStart() {
  const load = {
    ours: `const{createJinja,parseJson}=require("./dist/cjs/jinja.js");createJinja().render(process.argv[1],parseJson(process.argv[2]))`,
    nunjucks: `const n=require("nunjucks");new n.Environment(null,{autoescape:false}).renderString(process.argv[1],JSON.parse(process.argv[2]))`,
    bare: "0",
  }
  const times = { ours: [], nunjucks: [], bare: [] }
  for (let i = -1; i < 15; i++) {
    for (const [name, code] of Object.entries(load)) {
      const start = performance.now()
      execFileSync(process.execPath, ["-e", code, TEMPLATE, JSON.stringify(DATA)])
      if (i >= 0) times[name].push(performance.now() - start)
    }
  }
  const median = (list) => list.sort((a, b) => a - b)[7]
  const [cold, coldNunjucks, bare] = [times.ours, times.nunjucks, times.bare].map(median)
  console.log(
    `cold first render    ${(cold / bare).toFixed(2)} x bare node (nunjucks: ${(coldNunjucks / bare).toFixed(2)} x)`,
  )
}
