/**
 * What runs inside Redis. A script is atomic in that nothing else runs meanwhile, but what it wrote before an error stays:
 * each reads everything before its first write, and that one is refused when memory is full or the server read-only. The
 * commit takes back what it wrote if the user lacks a right for the rest. Commands of Redis 6.0 at most.
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
 * the text keeps the one it has; what stands beside it gets the same. What a document left behind that another tool
 * deleted is dropped. The entry of the log, by which a commit is known to be done, comes last.
 * @returns status, what `look` gives: "found" (done before), "held" (another writer's turn), "changed" (not as
 *   expected), "written"
 */
export const commitScript = `${LOOK}${EXPECTED}
local stored = look(ARGV[5])
if stored and stored[5] == 1 then return {"found", stored} end

local holder = redis.call("GET", KEYS[4])
if holder and holder ~= ARGV[6] then return {"held"} end
if not is_expected(stored) then return {"changed", stored} end

local expiry = redis.call("PTTL", KEYS[1])
expiry = tonumber(ARGV[12]) or expiry
redis.call("SET", KEYS[1], ARGV[7], "KEEPTTL")

local running
local function run(command, ...)
  running = command
  return redis.call(command, ...)
end
local function keep(key)
  if expiry >= 0 then run("pexpire", key, expiry) else run("persist", key) end
end
local function finish()
  run("del", KEYS[4])
  if not stored then run("del", KEYS[2], KEYS[3]) end
  run("hset", KEYS[2], "revision", ARGV[8], "lineage", ARGV[9], "sha1", ARGV[10])
  keep(KEYS[1])
  keep(KEYS[2])
  run("ltrim", KEYS[3], ${1 - LOG_LIMIT}, -1)
  run("rpush", KEYS[3], ARGV[11])
  keep(KEYS[3])
end
local function undo()
  if stored then
    redis.call("SET", KEYS[1], stored[1], "KEEPTTL")
    if stored[2] == "" then return pcall(run, "del", KEYS[2]) end
    return pcall(run, "hset", KEYS[2], "revision", stored[2], "lineage", stored[3], "sha1", stored[4])
  end
  if not pcall(run, "del", KEYS[1], KEYS[2], KEYS[3]) then redis.call("SET", KEYS[1], "", "PX", 1) end
end

local is_done, refusal = pcall(finish)
if is_done then return {"written"} end
local refused = running
undo()
return redis.error_reply((type(refusal) == "table" and refusal.err or refusal) .. " (run the '" .. refused .. "')")
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
