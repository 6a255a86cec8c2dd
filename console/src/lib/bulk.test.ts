// Nothing is lost between the parts, whatever the server does meanwhile.
import { describe, expect, it } from "vitest";
import { runBulk } from "./bulk";
import type { BulkItem, BulkState } from "./bulk";
import { cellOf, csvOf } from "./csv";
import { EMPTY, countOf, isChosen, toggle, toggleAll } from "./selection";

const item = (id: string, outcome: BulkItem["outcome"]): BulkItem =>
  ({ computer_id: id, name: id, outcome, live: null, code: outcome === "refused" ? "computer_revoked" : null, detail: null });
const ids = (count: number) => Array.from({ length: count }, (_one, n) => String(n));

function play(all: string[], ask: (asked: string[]) => BulkItem[], isStopped: () => boolean = () => false) {
  const states: BulkState[] = [];
  let pauses = 0;
  const run = runBulk({
    ids: all, part: 10, ask: (asked) => Promise.resolve().then(() => ask(asked)), mayRetry: (error) => error instanceof Error && error.message === "away",
    pause: () => { pauses++; return Promise.resolve(); }, isStopped, onState: (state) => states.push(state),
  });
  return run.then((end) => ({ end, states, last: states.at(-1), pauses }));
}

describe("a run over many", () => {
  it("settles each once, in parts", async () => {
    const asked: string[][] = [];
    const { end, last } = await play(ids(25), (part) => {
      asked.push(part);
      return part.map((id) => item(id, id === "7" ? "refused" : id === "8" ? "already" : "done"));
    });
    expect(asked.map((part) => part.length)).toEqual([10, 10, 5]);
    expect(end).toEqual({ rest: [], error: null });
    expect(last).toMatchObject({ total: 25, done: 23, already: 1, left: 0, isWaiting: false });
    expect(last?.refused.map((one) => one.computer_id)).toEqual(["7"]);
  });

  it("asks again for what was left and for what has no answer", async () => {
    let turn = 0;
    const { end, last, pauses } = await play(ids(4), (part) => {
      turn++;
      if (turn === 1) throw new Error("away");
      if (turn === 2) return part.map((id) => item(id, "left"));
      if (turn === 3) return part.slice(0, 2).map((id) => item(id, "done"));
      return part.map((id) => item(id, "done"));
    });
    expect(end.rest).toEqual([]);
    expect(last).toMatchObject({ done: 4, left: 0 });
    expect(pauses).toBe(2);
  });

  it("says that it waits, and ends where asking again is of no use", async () => {
    let turn = 0;
    const { end, states } = await play(ids(12), (part) => {
      turn++;
      if (turn === 1) throw new Error("away");
      if (turn === 3) throw new Error("forbidden");
      return part.map((id) => item(id, "done"));
    });
    expect(states.some((state) => state.isWaiting)).toBe(true);
    expect(end).toEqual({ rest: ["10", "11"], error: new Error("forbidden") });
  });

  it("stops between two parts", async () => {
    let turn = 0;
    const { end, last } = await play(ids(30), (part) => {
      turn++;
      return part.map((id) => item(id, "done"));
    }, () => turn === 2);
    expect(end.rest.length).toBe(10);
    expect(last).toMatchObject({ done: 20, left: 10 });
    const later: BulkState[] = [];
    await runBulk({
      ids: end.rest, part: 10, ask: (part) => Promise.resolve(part.map((id) => item(id, "refused"))), mayRetry: () => false,
      pause: () => Promise.resolve(), isStopped: () => false, onState: (state) => later.push(state), ...(last && { from: last }),
    });
    expect(later.at(-1)).toMatchObject({ total: 30, done: 20, left: 0 });
    expect(later.at(-1)?.refused.length).toBe(10);
  });
});

describe("a selection", () => {
  const page = [{ id: "a", name: "A" }, { id: "b", name: "B" }];

  it("is some, or all but some", () => {
    const some = toggle(EMPTY, "a", "A");
    expect([isChosen(some, "a"), isChosen(some, "b"), countOf(some, 9)]).toEqual([true, false, 1]);
    expect(countOf(toggle(some, "a", "A"), 9)).toBe(0);
    const all = toggle({ isAll: true, ids: new Map() }, "a", "A");
    expect([isChosen(all, "a"), isChosen(all, "b"), countOf(all, 9)]).toEqual([false, true, 8]);
  });

  it("takes a page in and lets it go", () => {
    const whole = toggleAll(EMPTY, page, true);
    expect(countOf(whole, 9)).toBe(2);
    expect(countOf(toggleAll(whole, page, false), 9)).toBe(0);
    const all = toggleAll({ isAll: true, ids: new Map() }, page, false);
    expect([countOf(all, 9), isChosen(all, "b")]).toEqual([7, false]);
  });
});

describe("CSV made here", () => {
  it("runs nowhere", () => {
    expect(["=1", "+1", "-1", "@a", "\t1", "\r1"].every((text) => cellOf(text).startsWith("\"'"))).toBe(true);
    expect(["\uFF1D1", "\uFF0B1", "\uFF0D1", "\uFF20a", " =1", "\u3000=1", "\n=1"].every((text) => cellOf(text).startsWith("\"'"))).toBe(true);
    expect([" a=1", "  ", "a=1"].some((text) => cellOf(text).startsWith("\"'"))).toBe(false);
    expect(cellOf('a "b", c')).toBe('"a ""b"", c"');
    expect(cellOf("a\u202Eb\n")).toBe('"a\\u202Eb\\u000A"');
    expect(csvOf(["a", "b"], [["1", "割符"]])).toBe('\uFEFF"a","b"\r\n"1","割符"\r\n');
  });
});
