/** Limits of Slack's Block Kit (docs.slack.dev, "Blocks" and "Block elements"), as far as templates run into them. */
import { isList, isMap, type Value, type ValueMap } from "../../data/value.js"

const MAX_BLOCKS = 50
const MAX_SECTION_TEXT = 3000
const MAX_BUTTON_TEXT = 75
const MAX_BUTTON_VALUE = 2000
const MAX_ELEMENTS = 25
/** Beyond about this many characters in all blocks chat.postMessage answers `msg_blocks_too_long`. */
const MAX_TOTAL_TEXT = 13_200

/** One text for each limit that a body with `blocks` exceeds; a body without them has none. */
export function slackLimitsExceeded(body: Value): readonly string[] {
  const blocks = isMap(body) ? body.get("blocks") : undefined
  if (blocks === undefined || !isList(blocks)) return []
  const total = textLength(blocks)
  return [
    ...exceeds("blocks", blocks.length, MAX_BLOCKS, "blocks"),
    ...blocks.flatMap((block, i) => (isMap(block) ? blockProblems(block, nameOf(block, i)) : [])),
    ...exceeds("blocks", total, MAX_TOTAL_TEXT, "characters of text in all"),
  ]
}

function blockProblems(block: ValueMap, name: string): readonly string[] {
  switch (block.get("type")) {
    case "section":
      return [
        ...exceeds(`${name}.text`, lengthOf(textOf(block)), MAX_SECTION_TEXT, "characters"),
        ...buttonProblems(block.get("accessory"), `${name}.accessory`),
      ]
    case "actions": {
      const elements = listAt(block, "elements")
      return [
        ...exceeds(`${name}.elements`, elements.length, MAX_ELEMENTS, "elements"),
        ...elements.flatMap((element, i) => buttonProblems(element, `${name}.elements[${i}]`)),
      ]
    }
    default:
      return []
  }
}

function buttonProblems(element: Value | undefined, name: string): readonly string[] {
  if (!isMap(element) || element.get("type") !== "button") return []
  return [
    ...exceeds(`${name}.text`, lengthOf(textOf(element)), MAX_BUTTON_TEXT, "characters"),
    ...exceeds(`${name}.value`, lengthOf(element.get("value")), MAX_BUTTON_VALUE, "characters"),
  ]
}

const exceeds = (name: string, length: number, limit: number, unit: string): readonly string[] =>
  length > limit ? [`${name} has ${length} ${unit}, the limit is ${limit}`] : []

/** `blocks[2] (section "intro")`. */
function nameOf(block: ValueMap, index: number): string {
  const id = block.get("block_id")
  return `blocks[${index}] (${String(block.get("type"))}${typeof id === "string" ? ` "${id}"` : ""})`
}

function textOf(holder: ValueMap): Value | undefined {
  const text = holder.get("text")
  return isMap(text) ? text.get("text") : text
}

function listAt(block: ValueMap, key: string): readonly Value[] {
  const list = block.get(key) ?? []
  return isList(list) ? list : []
}

const lengthOf = (text: Value | undefined): number => (typeof text === "string" ? [...text].length : 0)

/** Of every text that stands under a key `text`, however deep. */
function textLength(value: Value): number {
  if (isList(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0)
  if (!isMap(value)) return 0
  return [...value].reduce(
    (sum, [key, item]) => sum + (key === "text" && typeof item === "string" ? lengthOf(item) : textLength(item)),
    0,
  )
}
