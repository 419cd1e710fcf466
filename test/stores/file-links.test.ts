import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { inRealFolder, refuseLinksOfDefault, resolveLinks } from "../../src/stores/file-links.js"

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "file-links-")))
})
afterEach(() => rmSync(root, { recursive: true }))
const at = (name: string) => join(root, name)

it("follows links that are relative to folders behind links", () => {
  mkdirSync(at("a/b"), { recursive: true })
  symlinkSync("a/b", at("folder"))
  symlinkSync("../target", at("a/b/link"))
  expect(resolveLinks(at("folder/link"))).toBe(at("a/target"))
})

it("finds the real folder of what is not there yet", () => {
  mkdirSync(at("real"))
  symlinkSync("real", at("link"))
  expect(inRealFolder(at("link/new/deep/file"))).toBe(at("real/new/deep/file"))
  expect(inRealFolder("/")).toBe("/")
})

it.each<[string, string, string]>([
  ["the default folder itself", ".cicdstatemgr", ".cicdstatemgr/contexts/a.json"],
  ["a folder in it", ".cicdstatemgr/contexts", ".cicdstatemgr/contexts/a.json"],
  ["a file in it", ".cicdstatemgr/contexts/a.json", ".cicdstatemgr/contexts/a.json"],
])("refuses a link in the place of %s", (_, link, path) => {
  mkdirSync(join(at(link), ".."), { recursive: true })
  symlinkSync(root, at(link))
  const refused = { code: "LINKED", message: `"${at(link)}" is a symbolic link` }
  expect(() => refuseLinksOfDefault(at(path))).toThrow(expect.objectContaining(refused))
})

it("refuses no links above the default folder, in other paths, and nothing that is missing", () => {
  mkdirSync(at("real/.cicdstatemgr"), { recursive: true })
  symlinkSync("real", at("link"))
  for (const path of ["link/.cicdstatemgr/a", "link/a", "real/.cicdstatemgr/none/a"]) refuseLinksOfDefault(at(path))
})
