/**
 * What runs inside Redis. A script is atomic: nothing else runs meanwhile, and each reads everything before its first
 * write, so that a refusal (wrong type, full memory, read-only) leaves nothing half done. Commands of Redis 6.0 at most.
 */
import { LOG_LIMIT } from "./commit-rules.js"

/** How the entry of a commit begins in the log, whoever wrote it; the scripts find a commit by it. */
export const entryMark = (commitId: string): string => `{"commitId":${JSON.stringify(commitId)},`

// Gives {text, revision, lineage, sha1, 1 if the log holds the mark}; a field of a missing meta is "".
const LOOK = `
local function look(mark)
  local text = redis.call("GET", KEYS[1])
  local meta = redis.call("HMGET", KEYS[2], "revision", "lineage", "sha1")
  if not text then return false end
  local found = 0
  for _, entry in ipairs(mark ~= "" and redis.call("LRANGE", KEYS[3], 0, -1) or {}) do
    if string.sub(entry, 1, #mark) == mark then found = 1 end
  end
  return {text, meta[1] or "", meta[2] or "", meta[3] or "", found}
end
`

// Revision and lineage are compared too: they must count on when the text alone came back to what it was. The text is
// compared by its digest, or each commit would send the old one beside the new one.
const EXPECTED = `
local function is_expected(stored)
  if ARGV[1] ~= "1" then return not stored end
  return stored and redis.sha1hex(stored[1]) == ARGV[2] and stored[2] == ARGV[3] and stored[3] == ARGV[4]
end
`

/**
 * KEYS document meta log; ARGV mark or "".
 * @returns nil, or text, revision, lineage, sha1, found
 */
export const lookScript = `${LOOK}
return look(ARGV[1])
`

/**
 * Takes the turn, or keeps it, unless another writer has it. KEYS document meta log lease; ARGV mark, commit id,
 * milliseconds until an abandoned turn ends.
 * @returns "held" (by another), or "taken" and what `look` gives
 */
export const turnScript = `${LOOK}
local holder = redis.call("GET", KEYS[4])
if holder and holder ~= ARGV[2] then return {"held"} end
local stored = look(ARGV[1])
redis.call("SET", KEYS[4], ARGV[2], "PX", ARGV[3])
return {"taken", stored}
`

/**
 * Compare-and-set. KEYS document meta log lease; ARGV: 1 "1" when a document is expected, 2 its text's SHA-1, 3 its
 * revision, 4 its lineage, 5 mark, 6 commit id, 7 new text, 8 new revision, 9 new lineage, 10 new sha1, 11 log entry, 12 milliseconds until it
 * expires or "".
 *
 * The commit id is looked for first: the text may have come back to what was expected since. Without an expiry of its own
 * the text keeps the one it has; what stands beside it gets the same. What a document left behind that another tool deleted is dropped.
 * @returns status, what `look` gives: "found" (done before), "held" (another writer's turn), "changed" (not as
 *   expected), "written"
 */
export const commitScript = `${LOOK}${EXPECTED}
local stored = look(ARGV[5])
if stored and stored[5] == 1 then return {"found", stored} end

local holder = redis.call("GET", KEYS[4])
if holder and holder ~= ARGV[6] then return {"held"} end
if not is_expected(stored) then return {"changed", stored} end

redis.call("SET", KEYS[1], ARGV[7], "KEEPTTL")
if not stored then redis.call("DEL", KEYS[2], KEYS[3]) end
redis.call("HSET", KEYS[2], "revision", ARGV[8], "lineage", ARGV[9], "sha1", ARGV[10])
redis.call("RPUSH", KEYS[3], ARGV[11])
redis.call("LTRIM", KEYS[3], -${LOG_LIMIT}, -1)
local expiry = tonumber(ARGV[12]) or redis.call("PTTL", KEYS[1])
for i = 1, 3 do
  if expiry >= 0 then
    redis.call("PEXPIRE", KEYS[i], expiry)
  else
    redis.call("PERSIST", KEYS[i])
  end
end
redis.call("DEL", KEYS[4])
return {"written"}
`

/**
 * Compare-and-delete, with what stands beside the document; turns do not count. KEYS document meta log lease; ARGV:
 * 1 "1" when a document is expected, 2 its text's SHA-1, 3 its revision, 4 its lineage.
 * @returns status, what `look` gives: "changed" (not as expected), "deleted"
 */
export const deleteScript = `${LOOK}${EXPECTED}
local stored = look("")
if not is_expected(stored) then return {"changed", stored} end
redis.call("DEL", unpack(KEYS))
return {"deleted"}
`

/** KEYS document meta log. @returns nil when there is no document, else the entries, oldest first */
export const historyScript = `
redis.call("STRLEN", KEYS[1])
if redis.call("EXISTS", KEYS[1]) == 0 then return false end
return redis.call("LRANGE", KEYS[3], 0, -1)
`
