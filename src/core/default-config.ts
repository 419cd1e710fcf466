/** Where state goes when nobody says where: files below one folder, each context in its own. */
import type { ValueMap } from "../data/value.js"
import { type Config, DEFAULT_MAX_DOCUMENT_BYTES, type FileDriver, type FileSource, httpLimits } from "./config.js"

export const DEFAULT_FOLDER = ".cicdstatemgr"

/** The config in force when none is named; a secrets file may be all the same. */
export const defaultConfig = (secrets: ValueMap = new Map()): Config => ({
  data: new Map(),
  secrets,
  primary: { ...file("jsonfile", `${DEFAULT_FOLDER}/contexts/{id}.json`), driver: "jsonfile" },
  maxDocumentBytes: DEFAULT_MAX_DOCUMENT_BYTES,
  caches: cachesIn(DEFAULT_FOLDER),
  http: httpLimits(new Map()),
  warnings: [],
})

/** The config with its caches in a folder of the caller's choice, under fixed names. */
export function withOutputDir(config: Config, folder: string): Config {
  const excludeKeyNames = config.caches.flatMap((cache) => cache.excludeKeyNames)
  const modeOf = (cache: FileSource) => config.caches.find(({ driver }) => driver === cache.driver)?.mode ?? cache.mode
  return { ...config, caches: cachesIn(folder).map((cache) => ({ ...cache, excludeKeyNames, mode: modeOf(cache) })) }
}

const file = (driver: FileDriver, path: string): FileSource => ({ driver, path, mode: 0o600, excludeKeyNames: [] })

const cachesIn = (folder: string): readonly FileSource[] => [
  file("yamlfile", `${folder}/cicdContextData.yaml`),
  file("jsonfile", `${folder}/cicdContextData.json`),
  file("shellfile", `${folder}/cicdContextData.sh`),
  file("idfile", `${folder}/cicdContextData.id`),
]
