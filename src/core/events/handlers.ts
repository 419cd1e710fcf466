import type { EventHandler } from "./handler.js"
import { manualChoice } from "./manual-choice.js"
import { notify } from "./notify.js"
import { respond } from "./respond.js"
import { setValues } from "./set-values.js"
import { triggerPipeline } from "./trigger-pipeline.js"

/** Every event handler, by the name that app files use. */
export const handlers: Readonly<Record<string, EventHandler>> = {
  notify,
  respond,
  "manual-choice": manualChoice,
  "trigger-pipeline": triggerPipeline,
  "set-values": setValues,
}
