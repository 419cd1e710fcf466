import { describe, expect, it } from "vitest"
import { failuresOf, runEvent } from "./run-event.js"

describe("set-values", () => {
  it("all rules of a list see the document before it; the next block sees them done", async () => {
    const event = {
      "set-values": {
        one: {
          set: [
            { from: "{{ state.n }}1", to: "state.n" },
            { from: "{{ state.n }}2", to: "state.m" },
          ],
        },
        two: {
          set: [
            { from: "{{ state.n }}", to: "state.seen.{{ state.m }}" },
            { from: "  ", to: "state.blank" },
            { from: "x", to: " " },
          ],
        },
      },
    }
    expect((await runEvent({ event, document: { state: { n: "0" } } })).state).toEqual({
      n: "01",
      m: "02",
      seen: { "02": "01" },
    })
  })

  it("all of a list, or none of it", async () => {
    const set = [
      { from: "1", to: "state.a" },
      { from: "{{ no.such }}", to: "state.b" },
    ]
    const { state, failures } = await runEvent({
      event: { "set-values": { x: { set }, y: { set: [{ from: "2", to: "state.c" }] } } },
    })
    expect(state).toEqual({ cicdContextDataId: "c", c: "2" })
    expect(failures).toEqual([expect.stringMatching(/^TEMPLATE set-values\.x: .*set\[1\]\.from/)])
  })

  it.each([
    [{ set: null }, 'CONFIG_INVALID set-values: "set" has no value'],
    [{ set: "x" }, 'CONFIG_INVALID set-values: "set" must be a list of {from, to}, not a text'],
    [{ set: [{ from: "a" }] }, 'CONFIG_INVALID set-values: "set[0]" must be {from: TEMPLATE, to: TEMPLATE}'],
    [{ set: [{ from: "v", to: "state.t[]" }] }, expect.stringMatching(/^TYPE_CONFLICT set-values: /)],
    [{ set: [{ from: "v", to: "state" }] }, expect.stringMatching(/^TYPE_CONFLICT set-values: .*names the context/)],
    [{ set: [{ from: "{{ '\\ud800' }}", to: "state.x" }] }, expect.stringMatching(/^INPUT_INVALID set-values: /)],
  ])("%j", async (block, failure) => {
    const document = { state: { cicdContextDataId: "c", t: "text" } }
    expect(await failuresOf({ "set-values": block }, { document })).toEqual([failure])
  })

  it("cannot give the document another id", async () => {
    const set = [
      { from: "evil", to: "state.cicdContextDataId" },
      { from: "x", to: "state.x" },
    ]
    const { state, log } = await runEvent({ event: { "set-values": { set } } })
    expect(state).toEqual({ cicdContextDataId: "c", x: "x" })
    expect(log).toContain('ignored: "state.cicdContextDataId" cannot be set and stays "c"')
  })
})
