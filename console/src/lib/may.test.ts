// Levels: what reaches what, and the lesser of two.
import { describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { isWithin, leastLevels, LEVELS, MODULES, reaches } from "./may";

describe("a level", () => {
  it("reaches those below it", () => {
    expect(LEVELS.map((level) => reaches({ users: "write" }, "users", level))).toEqual([true, true, true, false]);
    expect(reaches({}, "users", "read")).toBe(false);
    expect(reaches(undefined, "users", "none")).toBe(true);
  });
});

describe("levels", () => {
  it("lie within others when no module is above", () => {
    expect(isWithin({ users: "read" }, { users: "full" })).toBe(true);
    expect(isWithin({ users: "read", audit: "read" }, { users: "full" })).toBe(false);
    expect(isWithin({}, undefined)).toBe(true);
  });

  it("have a lesser of two", () => {
    const least = leastLevels({ users: "full", audit: "read" }, { users: "write", audit: "full", events: "full" });
    expect([least.users, least.audit, least.events, least.computers]).toEqual(["write", "read", "none", "none"]);
  });
});

describe("the modules", () => {
  it("are those of the API", () => {
    const api = readFileSync("../api/openapi.yaml", "utf8");
    const [, listed = ""] = /\n {4}Levels:\n[\s\S]*?required: \[([^\]]*)\]/.exec(api) ?? [];
    expect(listed.split(/[\s,]+/).filter(Boolean)).toEqual([...MODULES]);
  });
});
