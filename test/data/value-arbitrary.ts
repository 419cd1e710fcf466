/** Random values that lean towards what YAML and JSON writers get wrong. */
import fc from "fast-check"
import type { Value, ValueMap } from "../../src/data/value.js"

const words =
  `a yes no y N on Off null ~ True .inf -.INF .nan 1 -0 +1 1.5 .5 1. . 1e5 1.0e+5 e5 0o17 012 089 0x1F 0x_ 0b1 1_000
  1,000 12:30 1:2:3.5 2020-01-01 = << - -- --- ... ? : x: a:b a?b a#b #x , [x ]x {y }y &a *b !t | > %d @e \`f ' " it's \\ é 🚀
  \u{10ffff} Infinity NaN`
    .split(/\s+/)
    .concat(
      " ",
      "  ",
      "\n",
      "\n\n",
      "\t",
      "\r",
      "\0",
      "\u0001",
      "\u007f",
      "\u0085",
      "\u00a0",
      "\u2028",
      "\ufeff",
      "\uffff",
    )
    .concat("2001-12-14 21:59:43.10 -5", "- x", "a: b", "a #b", "some words")

const word = fc.constantFrom(...words)

/** Any text without half surrogate pairs. */
export const textArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.array(word, { maxLength: 6 }).map((parts) => parts.join("")) },
  { weight: 2, arbitrary: fc.array(word, { maxLength: 40 }).map((parts) => parts.join(" ")) },
  { weight: 2, arbitrary: fc.array(word, { maxLength: 8 }).map((parts) => parts.join("\n")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 300 }) },
)

export const floatArbitrary: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, 0.1, 1e15, 1e16, 1e22, 1e100, 1.5e-7, 1e-5, 0.0001, 5e-324, 123456789012345680),
)

export const { value: valueArbitrary } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "large" },
    fc.constant(null),
    fc.boolean(),
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    floatArbitrary,
    textArbitrary,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(textArbitrary, tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
}))

export const documentArbitrary: fc.Arbitrary<ValueMap> = fc
  .array(fc.tuple(textArbitrary, valueArbitrary), { maxLength: 4 })
  .map((entries) => new Map(entries))

/** Random examples; the seed belongs into the message of a failure, so that it can be played again. */
export function sample<T>(arbitrary: fc.Arbitrary<T>, count: number, seed = Date.now()) {
  return { seed: `seed ${seed}`, examples: fc.sample(arbitrary, { numRuns: count, seed }) }
}
