// What addresses ask of software is bounded; shares are never nothing.
import { describe, expect, it } from "vitest";
import { readSoftwareAsked, readVersion, shareOf } from "./software";

describe("the address of the list of software", () => {
  const asked = (text: string) => readSoftwareAsked(new URLSearchParams(text));

  it("asks for what it says", () => {
    expect(asked("search=bash&sort=-computers&size=100")).toEqual({ limit: 100, sort: "-computers", search: "bash" });
  });

  it("asks for the standard where it makes no sense", () => {
    expect(asked("sort=id&size=7&x=1")).toEqual({ limit: 50, sort: "name" });
    expect(asked(`search=${"x".repeat(500)}`).search).toHaveLength(128);
  });

  it("names a version by its number", () => {
    const version = (text: string) => readVersion(new URLSearchParams(text));
    expect(version("version=12")).toBe(12);
    for (const text of ["", "version=", "version=0", "version=-1", "version=1e9", "version=<b>"]) expect(version(text)).toBeUndefined();
  });
});

describe("a share", () => {
  it("is a whole percentage, and at least one of what is there", () => {
    expect([shareOf(0, 10), shareOf(1, 3), shareOf(1, 100_000), shareOf(10, 10), shareOf(5, 0), shareOf(9, 3)])
      .toEqual([0, 33, 1, 100, 0, 100]);
  });
});
