/** What may be written without quotes: the rules of PyYAML's emitter. */

/**
 * What PyYAML's emitter escapes: what its reader refuses, a byte order mark, tabs and U+10FFFF. The last stands apart
 * because V8 (Node 20) does not see it in a negated class that ends right before it.
 */
export const NOT_PRINTABLE = /[^\n -~\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|\u{10ffff}/u
/** What a YAML 1.1 reader takes for the end of a line. */
export const LINE_BREAK = /[\n\u0085\u2028\u2029]/

const NOT_PLAIN = /^(?:[ #,[\]{}&*!|>'"%@`]|---|\.\.\.|[-?:](?: |$))| $|:(?: |$)| #/
const NOT_PLAIN_IN_FLOW = /^[?:]|(?!^)[,?[\]{}:]/

/** Whether a text on one line keeps its characters when it stands without quotes; not, whether it stays text. */
export const isPlain = (text: string, inFlow: boolean) =>
  !NOT_PLAIN.test(text) && !LINE_BREAK.test(text) && !(inFlow && NOT_PLAIN_IN_FLOW.test(text))
