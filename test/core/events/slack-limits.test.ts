import { expect, it } from "vitest"
import { slackLimitsExceeded } from "../../../src/core/events/slack-limits.js"
import { fromJs } from "../../../src/data/value.js"

const problems = (body: unknown) => slackLimitsExceeded(fromJs(body))
const text = (length: number, char = "x") => ({ type: "plain_text", text: char.repeat(length) })
const section = (length: number, more: object = {}) => ({ type: "section", text: text(length), ...more })
const button = (label: number, value: number) => ({ type: "button", text: text(label), value: "v".repeat(value) })
const actions = (...elements: unknown[]) => ({ type: "actions", elements })
const list = (length: number, item: unknown) => Array.from({ length }, () => item)

it.each<[string, unknown[], string[]]>([
  ["50 blocks", list(50, { type: "divider" }), []],
  ["51 blocks", list(51, { type: "divider" }), ["blocks has 51 blocks, the limit is 50"]],
  ["a section of 3000", [section(3000)], []],
  ["a section of 3001", [section(3001)], ["blocks[0] (section).text has 3001 characters, the limit is 3000"]],
  [
    "a named section, third",
    [{ type: "divider" }, section(1), section(3001, { block_id: "intro" })],
    ['blocks[2] (section "intro").text has 3001 characters, the limit is 3000'],
  ],
  ["3000 characters beyond the BMP", [{ type: "section", text: text(3000, "😀") }], []],
  ["3001 characters beyond the BMP", [{ type: "section", text: text(3001, "😀") }], [expect.stringContaining("3001")]],
  ["a text that is no map", [{ type: "section", text: "x".repeat(3001) }], [expect.stringContaining("3001")]],
  ["a button at its limits", [actions(button(75, 2000))], []],
  [
    "a button beyond them",
    [actions(button(1, 1), button(76, 2001))],
    [
      "blocks[0] (actions).elements[1].text has 76 characters, the limit is 75",
      "blocks[0] (actions).elements[1].value has 2001 characters, the limit is 2000",
    ],
  ],
  [
    "a button beside a section",
    [section(1, { accessory: button(76, 1) })],
    ["blocks[0] (section).accessory.text has 76 characters, the limit is 75"],
  ],
  ["25 elements", [actions(...list(25, button(1, 1)))], []],
  [
    "26 elements",
    [actions(...list(26, button(1, 1)))],
    ["blocks[0] (actions).elements has 26 elements, the limit is 25"],
  ],
  ["13200 characters", [...list(4, section(3000)), section(1200)], []],
  [
    "13201 characters",
    [...list(4, section(3000)), section(1201)],
    ["blocks has 13201 characters of text in all, the limit is 13200"],
  ],
  [
    "what is no block",
    [
      null,
      1,
      "x",
      [],
      {},
      { type: null },
      { type: "actions", elements: "x" },
      actions(null, 1, {}),
      { type: "section", text: 5, accessory: [] },
    ],
    [],
  ],
])("%s", (_name, blocks, expected) => expect(problems({ blocks })).toEqual(expected))

it.each([
  [null],
  [[]],
  ["x"],
  [{}],
  [{ blocks: null }],
  [{ blocks: "x" }],
  [{ blocks: {} }],
  [{ text: "x".repeat(50_000) }],
])("%j has no blocks", (body) => expect(problems(body)).toEqual([]))
