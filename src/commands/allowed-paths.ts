/** Which files may be read where not only the operator has chosen their names. */
import { realpathSync, statSync } from "node:fs"
import { isAbsolute, relative, sep } from "node:path"

/**
 * Whether a file is one of these paths or below one, also through links. What is not there is judged by its name:
 * whoever reads it tells that it is missing.
 * @param file an absolute path, as are the others
 */
export function isBelow(file: string, paths: readonly string[]): boolean {
  const real = realPath(file)
  if (real !== undefined) return paths.some((path) => contains(realPath(path) ?? path, real))
  return isOpenPipe(file) || paths.some((path) => contains(path, file))
}

function contains(folder: string, file: string): boolean {
  const path = relative(folder, file)
  return path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}

/** Undefined when nothing is there, or nothing that has a name. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

/** A pipe that the caller has opened, such as the shell's `<(command)`, is in no folder. */
function isOpenPipe(file: string): boolean {
  try {
    return statSync(file).isFIFO()
  } catch {
    return false
  }
}
