/** Which files may be read where not only the operator has chosen their names. */
import { readlinkSync, realpathSync, statSync } from "node:fs"
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path"

/**
 * Whether a file is one of these paths or below one, also through links. What is not there is judged by where it would
 * be: whoever reads it tells that it is missing.
 * @param file an absolute path, as are the others
 */
export function isBelow(file: string, paths: readonly string[]): boolean {
  return isOpenPipe(file) || paths.some((path) => contains(realPlace(path), realPlace(file)))
}

function contains(folder: string, file: string): boolean {
  const path = relative(folder, file)
  return path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}

/** Where a path leads: what is not there is in its real folder, or where its link leads. */
function realPlace(path: string, linksLeft = MAX_LINKS): string {
  const real = existing(() => realpathSync.native(path))
  const parent = dirname(path)
  if (real !== undefined || parent === path) return real ?? path
  const link = linksLeft > 0 ? existing(() => readlinkSync(path)) : undefined
  // Not normalised: ".." behind a link is the folder above the one that it leads to.
  if (link !== undefined) return realPlace(isAbsolute(link) ? link : `${parent}/${link}`, linksLeft - 1)
  return join(realPlace(parent, linksLeft), basename(path))
}

/** As Linux has it. */
const MAX_LINKS = 40

function existing(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** A pipe that the caller has opened, such as the shell's `<(command)`, is in no folder. */
function isOpenPipe(file: string): boolean {
  try {
    return statSync(file).isFIFO() && existing(() => realpathSync.native(file)) === undefined
  } catch {
    return false
  }
}
