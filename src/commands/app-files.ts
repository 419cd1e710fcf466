/** The app file and the bases that it names: where they may be, and how many. */
import { statSync } from "node:fs"
import { resolve } from "node:path"
import { type AppConfig, baseNames } from "../core/context-data.js"
import type { ValueMap } from "../data/value.js"
import { StateError } from "../errors.js"
import { isBelow } from "./allowed-paths.js"
import type { InitOptions } from "./init.js"
import { readMap, sizeOf } from "./input-files.js"
import type { Runtime } from "./runtime.js"

type AppFiles = Pick<InitOptions, "appConfig" | "basesDir" | "allowPaths" | "contextName">

// Whoever writes an app file may name the largest file there is again and again.
const MAX_BASES = 100
const MAX_BYTES = 4 << 20

/** The app file and its bases. @throws StateError CONFIG_INVALID, LIMIT_EXCEEDED */
export async function readApp(
  runtime: Runtime,
  { appConfig, basesDir, allowPaths, contextName }: AppFiles,
): Promise<AppConfig> {
  if (!appConfig) return { app: new Map([["cicd-contexts", new Map([[contextName, new Map()]])]]), bases: [] }
  const appFile = runtime.resolvePath(appConfig)
  if (sizeOf(appFile) > MAX_BYTES) throw tooMuch(appConfig, `has more than ${MAX_BYTES >> 20} MiB`)
  const app = await readMap(appFile, "app file")
  const names = baseNames(app)
  if (names.length === 0) return { app, bases: [] }
  if (names.length > MAX_BASES)
    throw tooMuch(appConfig, `names ${names.length} bases, more than the ${MAX_BASES} allowed`)
  if (!basesDir) {
    throw new StateError(
      "CONFIG_INVALID",
      `The app file ${appConfig} names bases (${names.join(", ")}), but no folder of bases is given`,
      { hint: "Name it with --bases-dir." },
    )
  }
  const folder = runtime.resolvePath(basesDir)
  const allowed = allowPaths?.map(runtime.resolvePath)
  if (allowed) requireAllowed(folder, runtime.resolvePath("."), allowed)
  return {
    app,
    bases: await readBases(
      names.map((name) => baseFile(folder, name, allowed)),
      appConfig,
    ),
  }
}

async function readBases(files: readonly string[], appConfig: string): Promise<readonly ValueMap[]> {
  const bytes = files.reduce((sum, file) => sum + sizeOf(file), 0)
  if (bytes > MAX_BYTES) throw tooMuch(appConfig, `names bases of more than ${MAX_BYTES >> 20} MiB`)
  const read = new Map<string, ValueMap>()
  for (const file of new Set(files)) read.set(file, await readMap(file, "base file"))
  return files.map((file) => read.get(file)!)
}

const tooMuch = (appConfig: string, problem: string) =>
  new StateError("LIMIT_EXCEEDED", `The app file ${appConfig} ${problem}`, {
    hint: "Let it hold less, and name fewer and smaller bases.",
  })

function requireAllowed(folder: string, workingFolder: string, allowed: readonly string[]): void {
  if (isBelow(folder, [workingFolder, ...allowed])) return
  throw new StateError(
    "INPUT_INVALID",
    `The folder of bases, ${folder}, is outside of the working folder, ${workingFolder}`,
    { hint: "Move it there, or allow it with --allow-path DIR." },
  )
}

/** The app file is not trusted: what it names must really be in the folder of bases, or where else is allowed. */
function baseFile(folder: string, name: string, allowed: readonly string[] | undefined): string {
  const file = resolve(folder, name)
  if (isBelow(file, [folder, ...(allowed ?? [])])) return requireFile(file, name)
  throw new StateError("CONFIG_INVALID", `The base "${name}" is outside of the folder of bases, ${folder}`, {
    hint: `Move it into that folder, or choose another with --bases-dir${allowed ? ", or allow where it is with --allow-path DIR" : ""}.`,
  })
}

/** A pipe would be waited for without an end. */
function requireFile(file: string, name: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found || found.isFile() || found.isDirectory()) return file
  throw new StateError("CONFIG_INVALID", `The base "${name}" is no regular file`)
}
