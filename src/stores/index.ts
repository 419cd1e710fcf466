/** Which store or cache each datasource of the config file is. A new driver is a file and a line here. */
import type { Config, FileDriver, FileSource } from "../core/config.js"
import { idFormat } from "../core/formats/id.js"
import { jsonFormat, jsonPrimaryFormat } from "../core/formats/json.js"
import { primaryFormat } from "../core/formats/primary.js"
import { shellFormat } from "../core/formats/shell.js"
import { yamlFormat } from "../core/formats/yaml.js"
import type { Format, Logger, ReadableFormat, Store } from "../core/ports.js"
import { TextBytes } from "../data/text-bytes.js"
import { cacheFiles } from "./cache-files.js"
import type { CacheFile } from "./cache-folder.js"
import { checkDistinct } from "./distinct-paths.js"
import { limitedFormat } from "./document-limit.js"
import { fileStore } from "./file-store.js"
import { redisStore } from "./redis-store.js"
import { withAbsolutePaths } from "./redis-tls.js"
import { type StateManager, type StateManagerParts, stateManager } from "./state-manager.js"

const formats: Readonly<Record<FileDriver, (source: FileSource) => Format>> = {
  yamlfile: () => yamlFormat,
  jsonfile: () => jsonFormat,
  shellfile: ({ excludeKeyNames }) => shellFormat(excludeKeyNames),
  idfile: () => idFormat,
}

/**
 * The stores of a config, not yet opened.
 * @param resolvePath makes the paths of the config absolute
 * @throws StateError CONFIG_INVALID when two datasources would write the same file
 */
export function openStates(config: Config, resolvePath: (path: string) => string, logger: Logger): StateManager {
  const placeOf = (source: FileSource) => ({ name: source.driver, path: resolvePath(source.path) })
  const { primary } = config
  checkDistinct(primary.driver === "redis" ? undefined : placeOf(primary), config.caches.map(placeOf))
  const caches = [...config.caches]
    .map((source) => ({ path: resolvePath(source.path), mode: source.mode, format: formats[source.driver](source) }))
    .sort((a, b) => Number(isSlow(a)) - Number(isSlow(b)))
  const format = limitedFormat(PRIMARY_FORMATS[primary.driver], config.maxDocumentBytes, logger)
  const store = primaryStore(primary, resolvePath, format)
  const checkSize: StateManagerParts["checkSize"] = (written) => format.write(written, new TextBytes())
  return stateManager({ primary: store, caches: cacheFiles(caches, logger), checkSize, logger })
}

const PRIMARY_FORMATS: Readonly<Record<Config["primary"]["driver"], ReadableFormat>> = {
  redis: primaryFormat,
  yamlfile: yamlFormat,
  jsonfile: jsonPrimaryFormat,
}

function primaryStore(source: Config["primary"], resolvePath: (path: string) => string, format: ReadableFormat): Store {
  if (source.driver === "redis") return redisStore({ ...withAbsolutePaths(source, resolvePath), format })
  return fileStore({ path: resolvePath(source.path), mode: source.mode, format })
}

const isSlow = ({ format }: CacheFile) => format.isSlow === true
