import { describe, expect, it } from "vitest";
import { readSetting, textOf } from "./setting";

const needed = { least: 8, most: 128, isOptional: false };
const optional = { least: 1, most: 720, isOptional: true };

describe("a setting", () => {
  it("is a whole number within its bounds", () => {
    expect(readSetting("8", needed)).toBe(8);
    expect(readSetting(" 128 ", needed)).toBe(128);
    for (const text of ["7", "129", "", "8.5", "1e1", "-8", "+8", "0x10", "eight", "９", "99999999"])
      expect([text, readSetting(text, needed)]).toEqual([text, undefined]);
  });
  it("may be left to the configuration file where that has one", () => {
    expect(readSetting("", optional)).toBeNull();
    expect(readSetting("  ", optional)).toBeNull();
    expect(readSetting("0", optional)).toBeUndefined();
    expect(textOf(null)).toBe("");
    expect(textOf(90)).toBe("90");
  });
});
