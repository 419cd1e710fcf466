import { isList, isMap, type Value, type ValueMap } from "../../data/value.js"
import { StateError } from "../../errors.js"
import { typeName } from "../merge.js"
import { requireKey } from "./blocks.js"
import { generateChoices } from "./choice-generators.js"
import type { EventHandler, PlanContext } from "./handler.js"
import { captureOf, slackPost } from "./slack-post.js"

/**
 * `manual-choice`: a question with choices, written out or made by generators, to `slack.url`. The title is rendered
 * first, then each choice's header and its options' values and texts.
 */
export const manualChoice: EventHandler = {
  blockKey: "title",
  keys: ["choices", "choice-generators", "capture-response-data"],
  scopeKey: "manualChoice",
  async plan(block, context) {
    const titled = new Map(block).set("title", context.render(requireKey(block, "title"), "title"))
    const choices = new Map([...writtenChoices(block), ...(await generateChoices(titled, context))])
    const complete = new Map(titled).set("choices", choices)
    const rendered = new Map(complete).set("choices", renderChoices(choices, complete, context))
    return slackPost({
      url: context.config.slackUrl(),
      body: context.renderBody("manual-choice", { self: rendered }),
      token: context.config.slackToken(),
      capture: captureOf("manual-choice", block, context.config),
      // A second copy would ask twice.
      repeatable: false,
    })
  },
}

function writtenChoices(block: ValueMap): ValueMap {
  const choices = block.get("choices") ?? (block.has("choice-generators") ? new Map() : requireKey(block, "choices"))
  if (isMap(choices)) return choices
  throw invalid(`"choices" must be a map, not ${typeName(choices)}`)
}

function renderChoices(choices: ValueMap, self: ValueMap, { render }: PlanContext): ValueMap {
  return new Map(
    [...choices].map(([name, choice]) => {
      const place = `choices.${name}`
      if (!isMap(choice)) throw invalid(`"${place}" must be a map, not ${typeName(choice)}`)
      const { header, options } = partsOf(choice, place)
      const text = render(header, `${place}.header`, { self })
      const list = options.map((option, i) =>
        renderOption(option, `${place}.options[${i}]`, (template, key) => render(template, key, { self })),
      )
      return [name, new Map(choice).set("header", text).set("options", list)] as const
    }),
  )
}

function partsOf(choice: ValueMap, place: string): { readonly header: Value; readonly options: readonly Value[] } {
  const [header, options] = [choice.get("header"), choice.get("options")]
  if (header === undefined || header === null) throw invalid(`"${place}.header" is missing`)
  if (options !== undefined && isList(options)) return { header, options }
  throw invalid(`"${place}.options" must be a list of {text, value}`)
}

function renderOption(option: Value, place: string, render: (template: Value, key: string) => string): ValueMap {
  const [text, value] = isMap(option) ? [option.get("text"), option.get("value")] : []
  if (isMap(option) && text !== undefined && value !== undefined) {
    return new Map(option).set("value", render(value, `${place}.value`)).set("text", render(text, `${place}.text`))
  }
  throw invalid(`"${place}" must be {text: TEMPLATE, value: TEMPLATE}`)
}

const invalid = (message: string) => new StateError("CONFIG_INVALID", message)
