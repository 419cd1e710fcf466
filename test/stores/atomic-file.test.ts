import { execFileSync } from "node:child_process"
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
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

it("replaces a link and leaves alone what it leads to", () => {
  writeFileSync(at("precious"), "precious")
  for (const to of ["precious", "missing/folder/file", "file"]) {
    symlinkSync(to, at("file"))
    replaceFile(at("file"), "text", { code: "CACHE_FAILED" })
    expect(lstatSync(at("file")).isFile()).toBe(true)
    rmSync(at("file"))
  }
  expect(readdirSync(root)).toEqual(["precious"])
  expect(readFileSync(at("precious"), "utf8")).toBe("precious")
})

it("replaces a file whose name leaves no room for additions", () => {
  const name = "n".repeat(255)
  replaceFile(at(name), "text", { code: "CACHE_FAILED" })
  expect(readdirSync(root)).toEqual([name])
})

it.each([`${"n".repeat(256)}`, "file/below"])("tells the first thing that went wrong: %s", (name) => {
  writeFileSync(at("file"), "")
  const refused = { code: "CACHE_FAILED", message: expect.stringMatching(/ENAMETOOLONG|EEXIST|ENOTDIR/) }
  expect(() => replaceFile(at(name), "", { code: "CACHE_FAILED" })).toThrow(expect.objectContaining(refused))
})

it("tells what went wrong, not that cleaning up failed too", () => {
  const beforeRename = () => {
    const temporary = at(readdirSync(root)[0] ?? "")
    rmSync(temporary)
    mkdirSync(temporary)
    throw new RangeError("no")
  }
  expect(() => replaceFile(at("file"), "", { code: "CACHE_FAILED", beforeRename })).toThrow(RangeError)
})

it("opens the folders that it makes to those who may use the file", () => {
  const old = process.umask(0o077)
  try {
    replaceFile(at("a/b/file"), "", { code: "CACHE_FAILED", mode: 0o664 })
  } finally {
    process.umask(old)
  }
  expect(["a", "a/b", "a/b/file"].map((name) => statSync(at(name)).mode & 0o777)).toEqual([0o775, 0o775, 0o664])
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
])("refuses %s and names the path", (_, prepare, reason) => {
  prepare(at("file"))
  const refused = { code: "CACHE_FAILED", message: expect.stringMatching(reason) }
  expect(() => replaceFile(at("file"), "", { code: "CACHE_FAILED" })).toThrow(expect.objectContaining(refused))
  expect(() => replaceFile(at("file"), "", { code: "CACHE_FAILED" })).toThrow(at("file"))
  expect(readdirSync(root)).toEqual(["file"])
})
