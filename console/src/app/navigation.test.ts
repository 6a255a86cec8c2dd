// The navigation shows a role what it may read, and groups with something in
// them; what lies below an entry belongs to it.
import { describe, expect, it } from "vitest";
import { reaches } from "../lib/may";
import type { Levels } from "../lib/may";
import { entryOf, isCurrent, NAVIGATION, navigationFor } from "./navigation";

function shownTo(levels: Partial<Levels>): string[] {
  return navigationFor((module) => reaches(levels, module, "read"))
    .flatMap((one) => ("entries" in one ? one.entries : [one])).map(({ to }) => to);
}

describe("the navigation", () => {
  it("hides what a role may not read", () => {
    expect(shownTo({})).toEqual(["/", "/api-tokens"]);
    expect(shownTo({ computers: "read", users: "read" })).toEqual(["/", "/computers", "/users", "/roles", "/api-tokens"]);
    expect(shownTo({ enrolment: "none", audit: "full" })).not.toContain("/enrolment");
  });

  it("has no empty group", () => {
    const group = { id: "g", label: "nav.admin", entries: [{ to: "/audit", label: "nav.audit", module: "audit" }] } as const;
    expect(navigationFor(() => false, [group])).toEqual([]);
    expect(navigationFor(() => true, [group])).toEqual([group]);
  });

  it("has each address once", () => {
    const all = NAVIGATION.flatMap((one) => ("entries" in one ? one.entries : [one])).map(({ to }) => to);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("an address", () => {
  it("belongs to the entry that it lies under", () => {
    expect(entryOf("/users/00000000-0000-7000-8000-000000000011")?.to).toBe("/users");
    expect(entryOf("/audit/rows/5")?.module).toBe("audit");
    expect(entryOf("/")?.to).toBe("/");
    expect(entryOf("/password")).toBeUndefined();
    expect(isCurrent("/usersx", "/users")).toBe(false);
  });
});
