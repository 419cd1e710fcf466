/** Options of the library: a slip in a name must not pass as an option that is not given, which TypeScript alone refuses. */
import { StateError } from "../errors.js"
import { didYouMean } from "./did-you-mean.js"

/** Every name of a type of options. */
export type OptionNames<T> = { readonly [Name in keyof Required<T>]: true }

/** The options as they are. @throws StateError USAGE for one of another name, and for what is no object */
export function requireKnown<T extends object>(options: T, names: OptionNames<T>): T {
  if (typeof options !== "object" || options === null) throw new StateError("USAGE", "Options come as an object")
  const known = Object.keys(names)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue
    throw new StateError("USAGE", `There is no option "${name}"${didYouMean(name, known)}`, {
      hint: `There are: ${known.join(", ")}.`,
    })
  }
  return options
}
