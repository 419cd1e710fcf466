/**
 * The names of what stands beside a document in Redis.
 *
 * A script may touch several keys only if they share a cluster slot, and the document's own key is the bare id, so the
 * others carry a hash tag that leads to its slot (Redis Cluster specification, "Hash tags"):
 * - the key has no tag and no `}`: the key itself is the tag, `{build-1}:cicdstatemgr:meta`;
 * - the key has a tag (`a{b}c`): the same tag, then the whole key, `{b}:cicdstatemgr:meta:a{b}c`;
 * - the key has a `}` but no tag (`a}b`, `{}`): the smallest number of the same slot, then the whole key.
 */
export interface RedisKeys {
  readonly document: string
  /** A hash: `revision`, `lineage`, and the `sha1` of the text they belong to. */
  readonly meta: string
  /** A list of JSON log entries, oldest first. */
  readonly log: string
  /** A string: the commit id of the writer whose turn it is. */
  readonly lease: string
}

export function redisKeys(document: string): RedisKeys {
  const tag = tagFor(document)
  const suffix = tag === document ? "" : `:${document}`
  const beside = (role: string) => `{${tag}}:cicdstatemgr:${role}${suffix}`
  return { document, meta: beside("meta"), log: beside("log"), lease: beside("lease") }
}

/** True for the keys beside a document; no document may have such a key, so that the two never collide. */
export const isBesideKey = (key: string): boolean => /^\{[^}]+\}:cicdstatemgr:/.test(key)

/** The cluster slot of a key: CRC16 (XMODEM) of its hash tag, or of the whole key without one, modulo 16384. */
export function hashSlot(key: string): number {
  let crc = 0
  for (const byte of Buffer.from(hashTag(key) ?? key)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1
  }
  return crc % 16384
}

// What stands between the first brace and the first closing one behind it, if anything does.
const hashTag = (key: string): string | undefined => /^[^{]*\{([^}]+)\}/.exec(key)?.[1]

function tagFor(key: string): string {
  const tag = hashTag(key)
  if (tag !== undefined) return tag
  if (key !== "" && !key.includes("}")) return key
  const slot = hashSlot(key)
  let number = 0
  while (hashSlot(String(number)) !== slot) number++
  return String(number)
}
