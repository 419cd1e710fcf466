export interface Problem {
  readonly file: string
  readonly line: number
  readonly message: string
}
export function checkFiles(
  files: readonly string[],
  options: { version: string; known?: readonly string[] },
): readonly Problem[]
