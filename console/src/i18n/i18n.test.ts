// Every word is there in both languages, with the same places to fill.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import ja from "./ja.json";
import { pickLanguage } from ".";

type Tree = { [name: string]: string | Tree };

function leaves(tree: Tree, prefix = ""): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "string" ? [[prefix + name, value] as [string, string]] : leaves(value, `${prefix}${name}.`));
}

const english = new Map(leaves(en));
const japanese = new Map(leaves(ja));
const placesOf = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();
// Japanese has one form for all numbers: _other alone.
const formOf = (name: string) => name.replace(/_one$/, "_other");

describe("the two languages", () => {
  it("have the same words", () => {
    expect([...japanese.keys()].sort()).toEqual([...new Set([...english.keys()].map(formOf))].sort());
  });

  it("fill the same places", () => {
    for (const [name, text] of english) expect([name, placesOf(japanese.get(formOf(name)) ?? "")]).toEqual([name, placesOf(text)]);
  });

  it("leave nothing empty and nothing in the other language", () => {
    for (const text of [...english.values(), ...japanese.values()]) expect(text.trim()).not.toBe("");
    const same = [...english].filter(([name, text]) => japanese.get(name) === text).map(([name]) => name);
    expect(same).toEqual(["product", "language.en", "language.ja", "computer.id", "computer.uid"]);
  });

  it("have a sentence for every code of the API", () => {
    const api = readFileSync("../api/openapi.yaml", "utf8");
    const [, problems = ""] = /x-warifu-problems:\n([\s\S]*?)\n\n/.exec(api) ?? [];
    const codes = [...problems.matchAll(/^ {4}([a-z_]+):/gm)].map((match) => match[1] ?? "");
    expect(codes.length).toBeGreaterThan(40);
    for (const code of codes)
      expect([code, english.has(`problem.${code}`) || english.has(`problem.${code}_other`)]).toEqual([code, true]);
  });
});

describe("the language", () => {
  it("is the user's choice, else the browser's first that is spoken here", () => {
    expect(pickLanguage("ja", ["en-US"])).toBe("ja");
    expect(pickLanguage(null, ["fr", "ja-JP", "en"])).toBe("ja");
    expect(pickLanguage(null, ["fr-FR"])).toBe("en");
    expect(pickLanguage("xx", ["ja"])).toBe("ja");
    expect(pickLanguage(null, [])).toBe("en");
  });
});
