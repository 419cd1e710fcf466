/** The plainest text form of a document, for tests of stores. Imports no test library: child processes use it too. */
import { addJson, parseJsonMap } from "../../src/data/json.js"
import type { RedisStoreOptions } from "../../src/stores/redis-store.js"

export const jsonText: RedisStoreOptions["format"] = {
  write: ({ document }, text) => addJson(text, document),
  read: async (text) => parseJsonMap(text),
}
