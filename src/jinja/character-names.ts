/** The Unicode names for `\N{NAME}` that are likely in a template's text; JavaScript knows none of them. */
const NAMES =
  "SPACE=20,HYPHEN-MINUS=2d,TILDE=7e,NO-BREAK SPACE=a0,SECTION SIGN=a7,COPYRIGHT SIGN=a9,REGISTERED SIGN=ae,DEGREE SIGN=b0,PLUS-MINUS SIGN=b1,MICRO SIGN=b5,PILCROW SIGN=b6,MIDDLE DOT=b7,MULTIPLICATION SIGN=d7,DIVISION SIGN=f7,ZERO WIDTH SPACE=200b,ZERO WIDTH NON-JOINER=200c,ZERO WIDTH JOINER=200d,HYPHEN=2010,NON-BREAKING HYPHEN=2011,EN DASH=2013,EM DASH=2014,LEFT SINGLE QUOTATION MARK=2018,RIGHT SINGLE QUOTATION MARK=2019,LEFT DOUBLE QUOTATION MARK=201c,RIGHT DOUBLE QUOTATION MARK=201d,BULLET=2022,DAGGER=2020,HORIZONTAL ELLIPSIS=2026,EURO SIGN=20ac,TRADE MARK SIGN=2122,LEFTWARDS ARROW=2190,UPWARDS ARROW=2191,RIGHTWARDS ARROW=2192,DOWNWARDS ARROW=2193,INFINITY=221e,NOT EQUAL TO=2260,LESS-THAN OR EQUAL TO=2264,GREATER-THAN OR EQUAL TO=2265,BLACK STAR=2605,WHITE STAR=2606,SNOWMAN=2603,WARNING SIGN=26a0,HIGH VOLTAGE SIGN=26a1,WHITE HEAVY CHECK MARK=2705,CHECK MARK=2713,HEAVY CHECK MARK=2714,BALLOT X=2717,HEAVY BALLOT X=2718,CROSS MARK=274c,PARTY POPPER=1f389,FIRE=1f525,ROCKET=1f680,CONSTRUCTION SIGN=1f6a7,GRINNING FACE=1f600,PILE OF POO=1f4a9"
let names: ReadonlyMap<string, string> | undefined

/** The character of that name; ASCII, Latin and Greek letters, digits and some symbols are known. */
export function characterNamed(name: string): string | undefined {
  const upper = name.toUpperCase()
  const letter = /^(LATIN|GREEK) (CAPITAL|SMALL) LETTER ([A-Z]+)$/.exec(upper)
  if (letter?.[3]) return letterNamed(letter[1] === "GREEK", letter[2] === "CAPITAL", letter[3])
  names ??= new Map(
    NAMES.split(",").map((entry): [string, string] => {
      const [title = "", code = ""] = entry.split("=")
      return [title, String.fromCodePoint(Number.parseInt(code, 16))]
    }),
  )
  return names.get(upper)
}

const GREEK =
  "ALPHA BETA GAMMA DELTA EPSILON ZETA ETA THETA IOTA KAPPA LAMDA MU NU XI OMICRON PI RHO FINAL SIGMA TAU UPSILON PHI CHI PSI OMEGA"

function letterNamed(isGreek: boolean, isCapital: boolean, name: string): string | undefined {
  if (!isGreek) return name.length === 1 ? (isCapital ? name : name.toLowerCase()) : undefined
  const at = GREEK.split(" ").indexOf(name)
  return at < 0 || name === "FINAL" ? undefined : String.fromCodePoint((isCapital ? 0x391 : 0x3b1) + at)
}
