// What addresses ask for is bounded; the way back stays in this app.
import { describe, expect, it } from "vitest";
import { filterOf, readAsked, readColumns, readUserSort, wayBack } from "./asked";

describe("the address of the list", () => {
  const asked = (text: string) => readAsked(new URLSearchParams(text));

  it("asks for what it says", () => {
    expect(asked("search=web&state=revoked&seen=7&os=Debian&sort=-os&size=100&office=00000000-0000-7000-8000-000000000000"))
      .toEqual({
        limit: 100, sort: "-os", search: "web", state: "revoked", not_seen_days: 7, os_name: "Debian",
        office_id: "00000000-0000-7000-8000-000000000000",
      });
  });

  it("narrows to what an alert counts", () => {
    expect(asked("certificate=expired&duplicate=any&agent=1.2")).toEqual({
      limit: 50, sort: "name", certificate: "expired", duplicate: "any", agent_version: "1.2",
    });
    expect(asked("certificate=soon&duplicate=all")).toEqual({ limit: 50, sort: "name" });
  });

  it("narrows all pages alike, however long they are", () => {
    expect(filterOf(asked("search=web&size=100&sort=os"))).toEqual({ sort: "os", search: "web" });
  });

  it("asks for the standard where it makes no sense", () => {
    expect(asked("state=x&seen=-1&sort=;drop&size=1e9&office=../me")).toEqual({ limit: 50, sort: "name" });
    expect(asked(`search=${"x".repeat(500)}`).search).toHaveLength(128);
  });
});

describe("the order of users", () => {
  it("is one that there is, else by name", () => {
    expect(readUserSort(new URLSearchParams("sort=-last_sign_in_at"))).toBe("-last_sign_in_at");
    for (const text of ["", "sort=", "sort=password_hash", "sort=--name", "sort=-name,role"])
      expect(readUserSort(new URLSearchParams(text))).toBe("name");
  });
});

describe("the way back after signing in", () => {
  it("is an address of this app", () => {
    expect(wayBack({ from: "/computers?state=active" })).toBe("/computers?state=active");
    for (const from of ["//evil.example", "/\\evil.example", "https://evil.example", "", 5, undefined])
      expect(wayBack({ from })).toBe("/");
    expect(wayBack(null)).toBe("/");
  });
});

describe("chosen columns", () => {
  it("are those that there are, in their order", () => {
    expect(readColumns("b,a,x", ["a", "b", "c"], ["c"])).toEqual(["a", "b"]);
    expect(readColumns("", ["a", "b", "c"], ["c"])).toEqual(["c"]);
  });
});
