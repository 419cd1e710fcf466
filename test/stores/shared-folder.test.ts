import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { bundle, type Script, start } from "./child-process.js"

// Any ids do: no such users need to exist.
const [ANN, BOB, STRANGER, TEAM, OTHERS] = [54_001, 54_002, 54_003, 54_100, 54_200]
const isRoot = process.getuid?.() === 0

/** Commits as a user of a group, with the umask of most systems, first to a primary and then to a cache beside it. */
const source = `
  import { jsonFormat } from "./src/core/formats/json.ts"
  import { cacheFiles } from "./src/stores/cache-files.ts"
  import { fileStore } from "./src/stores/file-store.ts"
  import { create } from "./test/stores/changes.ts"
  import { join } from "node:path"
  const [folder, user, group, commitId] = process.argv.slice(2)
  process.umask(0o022)
  process.setgroups([])
  process.setgid(Number(group))
  process.setuid(Number(user))
  async function main() {
    const store = fileStore({ path: join(folder, "contexts/{id}.json"), format: jsonFormat, mode: 0o660 })
    const snapshot = await store.commit("a", create("a", [], { mode: "replace", commitId }))
    const caches = cacheFiles([{ path: join(folder, "caches/data.json"), format: jsonFormat, mode: 0o660 }])
    await caches.write(snapshot, () => store.read("a"))
    console.log(snapshot.revision)
  }
  main().catch((error) => {
    console.error(error.code, error.message)
    process.exitCode = 1
  })
`

describe.skipIf(!isRoot)("a folder that a group shares", () => {
  let script: Script
  let root: string
  beforeAll(async () => {
    script = await bundle(source)
  })
  afterAll(() => script.remove())
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "shared-folder-"))
    chownSync(root, 0, TEAM)
    chmodSync(root, 0o2770)
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const commitAs = (user: number, group: number, commitId: string) =>
    start(script, [root, String(user), String(group), commitId]).ended

  it("serves each of them, and nobody else", async () => {
    chmodSync(script.path, 0o644)
    for (const [i, user] of [ANN, BOB, ANN].entries()) {
      expect(await commitAs(user, TEAM, `commit ${i}`)).toEqual({ code: 0, stdout: `${i + 1}\n`, stderr: "" })
    }
    expect(await commitAs(STRANGER, OTHERS, "never")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/EACCES/),
    })
    for (const name of ["contexts/a.json", "contexts/.a.json.log", "caches/data.json"]) {
      const { uid, gid, mode } = statSync(join(root, name))
      expect([uid, gid, mode & 0o777]).toEqual([ANN, TEAM, 0o660])
    }
  })
})
