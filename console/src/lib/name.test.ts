// A computer always has a name to click on, and none turns a sentence round.
import { describe, expect, it, vi } from "vitest";
import i18next from "i18next";
import { startLanguage } from "../i18n";
import { nameOf, plain } from "./name";

const id = "01a20349-a860-783e-8103-6edaede28058";

describe("a computer's name", () => {
  it("is what its agent says", () => {
    for (const name of ["desk-01.example", "営業部", "<b>", "é 𠮷"]) expect(nameOf({ id, name })).toBe(name);
  });

  it("is its id where nothing of the name is seen", () => {
    for (const name of ["", " ", "\u3000", "\u200B", "\u202E\u2066", "\u00A0\uFEFF"])
      expect(nameOf({ id, name })).toBe(id);
  });

  it("shows what would turn it round", () => {
    expect(nameOf({ id, name: "a\u202Egpj.exe" })).toBe("a\uFFFDgpj.exe");
    expect(plain("a\u2067\u200Bb")).toBe("a\uFFFD\uFFFDb");
  });
});

describe("a sentence", () => {
  it("is not turned round by what stands in it", async () => {
    vi.stubGlobal("document", { documentElement: {} });
    vi.stubGlobal("navigator", { languages: ["ja"] });
    await startLanguage();
    expect(i18next.t("action.revokeTitle", { name: "a\u202Eb <i>&" })).toBe("a\uFFFDb <i>& を失効させますか?");
    expect(i18next.t("groups.toComputers", { count: 7, number: "7" })).toBe("7 台");
  });
});
