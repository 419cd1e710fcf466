/** Which store or cache each datasource of the config file is. A new driver is a file and a line here. */
import type { Config, FileDriver, FileSource } from "../core/config.js"
import { idFormat } from "../core/formats/id.js"
import { jsonFormat, jsonPrimaryFormat } from "../core/formats/json.js"
import { primaryFormat } from "../core/formats/primary.js"
import { shellFormat } from "../core/formats/shell.js"
import { yamlFormat } from "../core/formats/yaml.js"
import type { Format, Logger, ReadableFormat, Store } from "../core/ports.js"
import { cacheFiles } from "./cache-files.js"
import { checkDistinct } from "./distinct-paths.js"
import { limitedFormat } from "./document-limit.js"
import { fileStore } from "./file-store.js"
import { redisStore } from "./redis-store.js"
import { withAbsolutePaths } from "./redis-tls.js"
import { type StateManager, stateManager } from "./state-manager.js"

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
    .sort((a, b) => readOrder(a) - readOrder(b))
    .map((source) => ({ path: resolvePath(source.path), mode: source.mode, format: formats[source.driver](source) }))
  const limit = (format: ReadableFormat) => limitedFormat(format, config.maxDocumentBytes, logger)
  return stateManager(primaryStore(primary, resolvePath, limit), cacheFiles(caches, logger), logger)
}

function primaryStore(
  source: Config["primary"],
  resolvePath: (path: string) => string,
  limit: (format: ReadableFormat) => ReadableFormat,
): Store {
  if (source.driver === "redis")
    return redisStore({ ...withAbsolutePaths(source, resolvePath), format: limit(primaryFormat) })
  const format = source.driver === "yamlfile" ? yamlFormat : jsonPrimaryFormat
  return fileStore({ path: resolvePath(source.path), mode: source.mode, format: limit(format) })
}

/** JSON before YAML: it parses in a fraction of the time. */
const readOrder = ({ driver }: FileSource) => (driver === "jsonfile" ? 0 : 1)
