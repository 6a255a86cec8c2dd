// What an audit row tells of before and after becomes members with two texts.
import { describe, expect, it } from "vitest";
import { readFilter, timeOf } from "./auditAsked";
import { differencesOf } from "./difference";

describe("a difference", () => {
  it("marks what was changed, what came and what went", () => {
    const found = differencesOf({ name: "a", is_disabled: false, gone: 1 }, { name: "b", is_disabled: false, scope: null });
    expect(found).toEqual([
      { path: "name", before: "a", after: "b", isChanged: true },
      { path: "is_disabled", before: "false", after: "false", isChanged: false },
      { path: "scope", before: null, after: "null", isChanged: true },
      { path: "gone", before: "1", after: null, isChanged: true },
    ]);
  });

  it("looks into objects and levels", () => {
    expect(differencesOf(null, { role: { name: "Guest" }, levels: "computers=full audit=read" }).map(({ path, after }) => [path, after]))
      .toEqual([["role.name", "Guest"], ["levels.computers", "full"], ["levels.audit", "read"]]);
    expect(differencesOf({ levels: "audit=read" }, { levels: "" }).filter(({ isChanged }) => isChanged)).toHaveLength(2);
  });

  it("keeps any text as it is", () => {
    const name = "<img src=x onerror=alert(1)>";
    expect(differencesOf(null, { name })[0]?.after).toBe(name);
    expect(differencesOf(null, null)).toEqual([]);
    expect(differencesOf("text", ["list"])).toEqual([]);
  });
});

describe("the address of the audit log", () => {
  const filter = (text: string) => readFilter(new URLSearchParams(text));

  it("asks for what it says", () => {
    expect(filter("actor=admin&action=sign_in.lock&outcome=refused&address=192.0.2.1&target=%20x%20"))
      .toEqual({ actor: "admin", action: "sign_in.lock", outcome: "refused", address: "192.0.2.1", target: "x" });
    expect(filter("from=2026-01-31T12:00")).toEqual({ from: new Date("2026-01-31T12:00").toISOString() });
  });

  it("passes over what makes no sense", () => {
    expect(filter("action=DROP&outcome=maybe&from=yesterday&until=2026-13-99T99:99&actor=%20")).toEqual({});
    expect(filter(`actor=${"x".repeat(999)}`).actor).toHaveLength(256);
    expect(timeOf("2026-02-01T00:00Z")).toBeUndefined();
  });
});
