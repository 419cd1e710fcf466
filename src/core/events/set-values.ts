import { requireKey } from "./blocks.js"
import { capture, captureRules } from "./capture.js"
import type { EventHandler } from "./handler.js"

/** `set-values`: assignments from templates; all of one list see the document as it was before the list. */
export const setValues: EventHandler = {
  blockKey: "set",
  keys: [],
  scopeKey: "set-values",
  plan(block, { render }) {
    const rules = captureRules(requireKey(block, "set"), "set")
    const assignments = rules.flatMap((rule) => capture(rule, (template, place) => render(template, place)))
    return { kind: "assign", assignments }
  },
}
