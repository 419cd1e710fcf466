import { execFileSync } from "node:child_process"
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { replaceFile } from "../../src/stores/atomic-file.js"

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "atomic-file-"))
})
afterEach(() => rmSync(root, { recursive: true }))
const at = (name: string) => join(root, name)

it("makes the file and its folders", () => {
  replaceFile(at("new/deep/file"), "tëxt", { code: "CACHE_FAILED" })
  expect(readFileSync(at("new/deep/file"), "utf8")).toBe("tëxt")
  expect(readdirSync(at("new/deep"))).toEqual(["file"])
})

it("writes through links that are relative to folders behind links", () => {
  mkdirSync(at("a/b"), { recursive: true })
  symlinkSync("a/b", at("folder"))
  symlinkSync("../target", at("a/b/link"))
  replaceFile(at("folder/link"), "text", { code: "CACHE_FAILED" })
  expect(readlinkSync(at("a/b/link"))).toBe("../target")
  expect(readFileSync(at("a/target"), "utf8")).toBe("text")
})

it("leaves all as it was when the check before the rename fails", () => {
  writeFileSync(at("file"), "old")
  const beforeRename = () => {
    expect(readFileSync(at("file"), "utf8")).toBe("old")
    expect(readdirSync(root)).toHaveLength(2)
    throw new RangeError("no")
  }
  expect(() => replaceFile(at("file"), "new", { code: "CACHE_FAILED", beforeRename })).toThrow(RangeError)
  expect(readdirSync(root)).toEqual(["file"])
  expect(readFileSync(at("file"), "utf8")).toBe("old")
})

it.each<[string, (path: string) => void, RegExp]>([
  ["a folder", (path) => mkdirSync(path), /it is a folder/],
  ["a pipe", (path) => execFileSync("mkfifo", [path]), /it is not a regular file/],
  ["a link to itself", (path) => symlinkSync("file", path), /ELOOP/],
])("refuses %s and names the path", (_, prepare, reason) => {
  prepare(at("file"))
  const refused = { code: "CACHE_FAILED", message: expect.stringMatching(reason) }
  expect(() => replaceFile(at("file"), "", { code: "CACHE_FAILED" })).toThrow(expect.objectContaining(refused))
  expect(() => replaceFile(at("file"), "", { code: "CACHE_FAILED" })).toThrow(at("file"))
  expect(readdirSync(root)).toEqual(["file"])
})
