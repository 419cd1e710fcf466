/** The session at the top of the README does what it shows, and the tour runs to its end. */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { examplesOnFreePorts, playReadme } from "../examples/session.js"
import { cli, tempDir } from "../support/cli.js"

it("the README's session prints what it shows", async () => {
  const section = /^## Ten lines\n[\s\S]*?(?=^## )/m.exec(readFileSync("README.md", "utf8"))?.[0] ?? ""
  const { shown, played } = await playReadme(join(await examplesOnFreePorts([8099]), "simple"), section)
  expect(shown.length).toBeGreaterThan(4)
  expect(played).toEqual(shown)
})

it("the tour runs to its end", { timeout: 60_000 }, () => {
  const tour = spawnSync(process.execPath, ["scripts/quickstart.mjs"], { encoding: "utf8" })
  expect(tour.stdout).toContain("That was the tour.")
  expect(tour.status).toBe(0)
})

it("the operator's config of the README sends what Slack takes", () => {
  const section = /^## Events\n[\s\S]*?(?=^## )/m.exec(readFileSync("README.md", "utf8"))?.[0] ?? ""
  const config = /^```yaml\n(cicdstatemgr:\n[\s\S]*?)^```/m.exec(section)?.[1] ?? ""
  const choices = {
    deploy: {
      header: 'To "stage"?',
      options: [
        { text: "Yes, {{ state.app }}", value: "deploy=yes" },
        { text: "No", value: "deploy=no" },
      ],
    },
    undo: { header: "Or back?", options: [{ text: "Back", value: "undo" }] },
  }
  const event = {
    notify: { message: "m" },
    "manual-choice": { title: "What now?", choices },
    respond: { message: "m", url: "https://hooks.slack.com/actions/x" },
    "trigger-pipeline": { name: "deploy" },
  }
  const context = { channel: "#shop", pipelines: { build: { "event-handlers": { done: event } } } }
  const folder = tempDir({
    "config.yaml": config,
    "secrets.yaml": '{"cicdstatemgr": {"slack": {"token": "xoxb-1234"}, "trigger": {"token": "1234567"}}}',
    "app.yaml": JSON.stringify({ "cicd-contexts": { stage: context } }),
  })
  const files = ["--config", "config.yaml", "--secrets", "secrets.yaml"]
  expect(cli(folder, ["init", "c", "--app-config", "app.yaml", "state.app=shop", ...files])).toMatchObject({
    status: 0,
  })
  const outcome = cli(folder, ["handle-event", "build=done", "--id", "c", "--dry-run", "-o", "json", ...files])
  expect(outcome).toMatchObject({ status: 0, stderr: expect.not.stringMatching(/WARNING|ERROR/) })
  const [notify, question, answer, trigger] = JSON.parse(outcome.stdout).map(
    ({ request }: { request: { body: string } }) => JSON.parse(request.body),
  )
  expect([notify, answer]).toEqual([{ channel: "#shop", text: "m" }, { text: "m" }])
  expect(trigger).toEqual({ contextId: "c", pipeline: "deploy" })
  const words = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } })
  const button = (text: string, value: string) => ({ type: "button", value, text: { type: "plain_text", text } })
  expect(question).toEqual({
    channel: "#shop",
    text: "What now?",
    blocks: [
      words("What now?"),
      words('To "stage"?'),
      { type: "actions", elements: [button("Yes, shop", "deploy=yes"), button("No", "deploy=no")] },
      words("Or back?"),
      { type: "actions", elements: [button("Back", "undo")] },
    ],
  })
})
