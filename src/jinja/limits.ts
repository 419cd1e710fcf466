/** The bounds of one render. They keep a template from taking the process with it. */
export interface Limits {
  /** Characters of the result, and of any one string on the way. */
  readonly text: number
  /** Elements of one list, tuple or range. */
  readonly items: number
  /** Work: a step is a loop iteration, a call, an element walked or 16 characters read or built. */
  readonly steps: number
  /** Levels of nested evaluation: macro calls count by how deep their bodies nest. */
  readonly depth: number
  /** Bits of one int. */
  readonly bits: number
  /** Milliseconds of one render. */
  readonly time: number
}

export const DEFAULT_LIMITS: Limits = {
  text: 10_000_000,
  items: 1_000_000,
  steps: 1_000_000,
  depth: 2_000,
  bits: 100_000,
  time: 5_000,
}

/** Tokens of a template's text, a piece of plain text being one; more is refused by the parser. */
export const MAX_TOKENS = 1_000_000
/** Nesting of expressions and of blocks in a template's text; more is refused by the parser. */
export const MAX_EXPRESSION_HEIGHT = 200
export const MAX_BLOCK_NESTING = 50
/** How deep data may nest that is printed, compared or turned into JSON. */
export const MAX_DATA_DEPTH = 600
/** Python's sys.int_info.default_max_str_digits. */
export const MAX_INT_DIGITS = 4300
