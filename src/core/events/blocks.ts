/** From the document to the blocks that an event runs; whatever is wrong with their shape shows before any of them runs. */
import { isMap, type Value, type ValueMap } from "../../data/value.js"
import { StateError } from "../../errors.js"
import { didYouMean } from "../did-you-mean.js"
import { typeName } from "../merge.js"
import { slipsIn } from "./block-slips.js"
import type { Block, EventHandler } from "./handler.js"

export interface EventName {
  readonly pipeline: string
  readonly event: string
}

/** `PIPELINE=EVENT`; neither is trimmed. @throws StateError USAGE */
export function parseEventName(text: string): EventName {
  const [pipeline, event, ...more] = text.split("=")
  if (pipeline !== undefined && event !== undefined && more.length === 0) return { pipeline, event }
  throw new StateError("USAGE", `"${text}" does not name an event`, { hint: "Write PIPELINE=EVENT." })
}

export const showEventName = ({ pipeline, event }: EventName) => `${pipeline}=${event}`

/**
 * What `pipelines.PIPELINE.event-handlers.EVENT` holds: handlers and their configs, or undefined when there is no such
 * event.
 * @throws StateError PIPELINE_NOT_FOUND with the names that there are, CONFIG_INVALID
 */
export function findEvent(document: ValueMap, { pipeline, event }: EventName): ValueMap | undefined {
  const pipelines = mapAt(document, "pipelines", "pipelines")
  if (!pipelines.has(pipeline)) {
    const names = [...pipelines.keys()]
    throw new StateError("PIPELINE_NOT_FOUND", `There is no pipeline "${pipeline}"${didYouMean(pipeline, names)}`, {
      hint: names.length > 0 ? `There are: ${listed(names)}.` : 'The context has none below "pipelines".',
    })
  }
  const events = eventsOf(document, pipeline)
  return events.has(event) ? mapAt(events, event, `${eventsPlace(pipeline)}.${event}`) : undefined
}

/** @throws StateError EVENT_NOT_FOUND with the names that there are */
export function noSuchEvent(document: ValueMap, { pipeline, event }: EventName): StateError {
  const names = [...eventsOf(document, pipeline).keys()]
  return new StateError(
    "EVENT_NOT_FOUND",
    `The pipeline "${pipeline}" has no event "${event}"${didYouMean(event, names)}`,
    {
      hint: names.length > 0 ? `It has: ${listed(names)}.` : `It has no "event-handlers".`,
    },
  )
}

const eventsPlace = (pipeline: string) => `pipelines.${pipeline}.event-handlers`

const eventsOf = (document: ValueMap, pipeline: string): ValueMap =>
  mapAt(
    mapAt(mapAt(document, "pipelines", "pipelines"), pipeline, `pipelines.${pipeline}`),
    "event-handlers",
    eventsPlace(pipeline),
  )

/** An app file may have thousands of names. */
const MAX_NAMES = 20
const listed = (names: readonly string[]) =>
  [...names.slice(0, MAX_NAMES), ...(names.length > MAX_NAMES ? [`${names.length - MAX_NAMES} more`] : [])].join(", ")

export interface BlockOptions {
  readonly handlers: Readonly<Record<string, EventHandler>>
  /** What an unknown handler is: a slip to be mended before anything is sent, or something to pass by. */
  readonly unknownHandler: "refuse" | "warn"
  readonly info: (message: string) => void
  readonly warn: (message: string) => void
}

/**
 * The enabled blocks of an event, in the file's order.
 * @throws StateError CONFIG_INVALID: an unknown handler, a config that is no map
 */
export function blocksOf(event: ValueMap, name: EventName, options: BlockOptions): readonly Block[] {
  return [...event].flatMap(([handler, config]) => {
    const place = `${eventsPlace(name.pipeline)}.${name.event}.${handler}`
    const known = Object.hasOwn(options.handlers, handler) ? options.handlers[handler] : undefined
    if (!known) return unknownHandler(handler, place, options)
    // Null takes away what a base file has there.
    if (config === null) return []
    if (!isMap(config)) throw notAMap(place, config)
    if (isDisabled(config, handler, options)) return []
    const blocks = config.has(known.blockKey)
      ? [{ handler, label: handler, place, config }]
      : namedBlocks(handler, place, config, { ...options, blockKey: known.blockKey })
    const keys = [...COMMON_KEYS, known.blockKey, ...known.keys]
    for (const block of blocks) for (const slip of slipsIn(block.config, keys, block.place)) options.warn(slip)
    return blocks
  })
}

/** The keys of every block. */
const COMMON_KEYS = ["if", "enabled"] as const

interface NamedBlockOptions extends BlockOptions {
  readonly blockKey: string
}

function namedBlocks(handler: string, place: string, config: ValueMap, options: NamedBlockOptions): readonly Block[] {
  return [...config].flatMap(([name, block]) => {
    if (name === "enabled" || block === null) return []
    const label = `${handler}.${name}`
    if (!isMap(block)) {
      const { blockKey } = options
      const hint = `Without the key "${blockKey}" all others of ${handler} are names of blocks`
      throw notAMap(`${place}.${name}`, block, `${hint}${didYouMean(name, [blockKey, "enabled"]) || "."}`)
    }
    return isDisabled(block, label, options) ? [] : [{ handler, label, place: `${place}.${name}`, config: block }]
  })
}

/** Only the boolean counts: the text "false" is text. */
function isDisabled(config: ValueMap, label: string, { info, warn }: BlockOptions): boolean {
  const enabled = config.get("enabled")
  const disabled = enabled === false
  if (typeof enabled === "string")
    warn(`${label}: "enabled" is the text "${enabled}" and switches nothing off: write true or false, without quotes`)
  if (disabled) info(`${label} enabled:False skipping....`)
  return disabled
}

function unknownHandler(handler: string, place: string, options: BlockOptions): readonly Block[] {
  const names = Object.keys(options.handlers)
  const meant = didYouMean(handler, names)
  if (options.unknownHandler === "refuse") {
    const message = `There is no event handler "${handler}" (${place})${meant}`
    throw new StateError("CONFIG_INVALID", message, { hint: `There are: ${names.join(", ")}.` })
  }
  options.warn(`"${place}" is ignored: there is no such event handler${meant}`)
  return []
}

function notAMap(place: string, value: Value, hint?: string): StateError {
  return new StateError("CONFIG_INVALID", `"${place}" must be a map, not ${typeName(value)}`, { hint })
}

function mapAt(map: ValueMap, key: string, place: string): ValueMap {
  const value = map.get(key) ?? new Map()
  if (isMap(value)) return value
  throw notAMap(place, value)
}

/** @throws StateError CONFIG_INVALID when the block has no such key, or nothing there */
export function requireKey(block: ValueMap, key: string): Value {
  const value = block.get(key)
  if (value !== undefined && value !== null) return value
  const hint = block.size > 0 ? `There are: ${listed([...block.keys()])}.` : undefined
  throw new StateError("CONFIG_INVALID", `"${key}" ${block.has(key) ? "has no value" : "is missing"}`, { hint })
}
