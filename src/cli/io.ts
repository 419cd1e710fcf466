/** The world of one run of the command line, passed in so that it can be tested and embedded. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly hostname: string
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** All of standard input. */
  readonly stdin: () => Promise<Uint8Array>
  /** Whether stdout takes colours: a terminal, and NO_COLOR is not set. */
  readonly color: boolean
  readonly now: () => Date
  /** The licences of all that comes with this program. */
  readonly licenses: () => string
}
