/** All filters by name. */
import { missing, pythonAttribute } from "../access.js"
import { typeError } from "../errors.js"
import { isTrue } from "../iterate.js"
import { type Definition, define } from "../signature.js"
import { findTest } from "../tests.js"
import { isText, orElse, type Py, textOf, typeName, Undefined } from "../values.js"
import { HTML_FILTERS } from "./html.js"
import { JSON_FILTERS } from "./json.js"
import { NUMBER_FILTERS } from "./number.js"
import { PPRINT_FILTERS } from "./pprint.js"
import { selectFilters } from "./select.js"
import { SEQUENCE_FILTERS } from "./sequence.js"
import { TEXT_FILTERS } from "./text.js"
import { YAML_FILTERS } from "./yaml.js"

const byDefault = define(
  "do_default value default_value= boolean=",
  (_rt, value: Py, fallback: Py = "", boolean: Py = false) =>
    value instanceof Undefined || (isTrue(boolean) && !isTrue(value)) ? fallback : value,
)

const BUILT_IN: Readonly<Record<string, Definition>> = {
  ...TEXT_FILTERS,
  ...HTML_FILTERS,
  ...NUMBER_FILTERS,
  ...SEQUENCE_FILTERS,
  ...JSON_FILTERS,
  ...YAML_FILTERS,
  ...PPRINT_FILTERS,
  default: byDefault,
  d: byDefault,
  attr: define("do_attr obj name", (rt, value: Py, name: Py) => {
    if (!isText(name)) throw typeError(`attribute name must be string, not '${typeName(name)}'`)
    return orElse(pythonAttribute(rt, value, textOf(name)), () => missing(rt, value, name))
  }),
}

export type FindFilter = (name: string) => Definition | undefined

/** Jinja2's filters, the tool's, and those given, which come first. */
export function filterTable(extra: Readonly<Record<string, Definition>> = {}): FindFilter {
  const find: FindFilter = (name) => {
    if (Object.hasOwn(extra, name)) return extra[name]
    if (Object.hasOwn(selecting, name)) return selecting[name]
    return Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined
  }
  const test = findTest(find)
  const selecting = selectFilters(find, test)
  return find
}
