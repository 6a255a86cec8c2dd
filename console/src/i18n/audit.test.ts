// Every word of the audit log is told in both languages.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keyOf, wordOf } from "./audit";
import en from "./en.json";
import ja from "./ja.json";

const header = readFileSync("../src/store/audit_words.h", "utf8");
const LISTS = { action: "ACTIONS", actor: "ACTORS", target: "TARGETS", outcome: "OUTCOMES" } as const;

// The words of one X-macro list; the empty one is no word.
function wordsOf(list: string): string[] {
  const [, body = ""] = header.split(`#define STORE_AUDIT_${list}(X)`);
  const [lines = ""] = body.split(/\n\n|\/\*/);
  return [...lines.matchAll(/X\(\w+,\s*"([^"]+)"\)/g)].map((match) => match[1] ?? "");
}

describe("the words of the audit log", () => {
  it.each(Object.entries(LISTS))("of the kind %s have sentences in both languages, and no others", (kind, list) => {
    const words = wordsOf(list);
    expect(words.length).toBeGreaterThan(2);
    const keys = words.map(keyOf).sort();
    expect(Object.keys(en.auditWord[kind as keyof typeof LISTS]).sort()).toEqual(keys);
    expect(Object.keys(ja.auditWord[kind as keyof typeof LISTS]).sort()).toEqual(keys);
  });

  it("are found back from their keys", () => {
    for (const word of wordsOf("ACTIONS")) expect(wordOf(keyOf(word))).toBe(word);
  });
});
