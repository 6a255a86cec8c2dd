// Times, sizes, inventories of foreign origin, and the command to paste.
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { enrolCommand, installCommand, isServerName, quote } from "./command";
import { formatBytes, formatDistance, formatFingerprint } from "./format";
import { filterRows, flag, list, number, rowsOf, text } from "./inventory";

describe("times and sizes", () => {
  it("are told in the user's language", () => {
    const now = Date.parse("2026-01-10T12:00:00Z");
    expect(formatDistance("2026-01-10T11:57:00Z", "en", now)).toBe("3 minutes ago");
    expect(formatDistance("2026-01-10T11:57:00Z", "ja", now)).toBe("3 分前");
    expect(formatDistance("2026-01-08T12:00:00Z", "en", now)).toBe("2 days ago");
    expect(formatDistance("2026-01-15T12:00:00Z", "en", now)).toBe("in 5 days");
    expect(formatBytes(0, "en")).toBe("0 bytes");
    expect(formatBytes(1536, "en")).toBe("1.5 kB");
    expect(formatBytes(25 * 1024 ** 3, "en")).toBe("25 GB");
  });

  it("show fingerprints as browsers do", () => {
    expect(formatFingerprint("ab12")).toBe("AB:12");
  });
});

describe("an inventory", () => {
  it("may hold anything", () => {
    const item = { a: 1, b: "x", c: null, d: ["y", 2], e: { f: 1 }, g: true };
    expect([text(item, "a"), text(item, "b"), text(item, "c"), text(item, "e"), text(undefined, "a")]).toEqual(["1", "x", "", "", ""]);
    expect([number(item, "a"), number(item, "b")]).toEqual([1, null]);
    expect([list(item, "d"), list(item, "e")]).toEqual([["y"], []]);
    expect([flag(item, "g"), flag(item, "a")]).toEqual([true, null]);
  });

  it("is sorted as people count and found by all words", () => {
    const section = { updated_at: "", items: { sda10: { model: "Big disk" }, sda2: { model: "Small disk" } } };
    const rows = rowsOf(section);
    expect(rows.map(([key]) => key)).toEqual(["sda2", "sda10"]);
    expect(filterRows(rows, "DISK big").map(([key]) => key)).toEqual(["sda10"]);
    expect(filterRows(rows, " ").length).toBe(2);
  });
});

describe("the command to paste", () => {
  const hostile = "a'; touch /tmp/x; echo '$(id)`id`\\";

  it("hands a shell one word, whatever is in it", () => {
    expect(execFileSync("sh", ["-c", `printf %s ${quote(hostile)}`], { encoding: "utf8" })).toBe(hostile);
  });

  it("puts the token in the place that the server left for it", () => {
    const line = "printf '%s\\n' 'TOKEN' | sh x --token-file -";
    expect(installCommand(line, "wft_abc")).toBe("printf '%s\\n' 'wft_abc' | sh x --token-file -");
    expect(execFileSync("sh", ["-c", installCommand("printf %s 'TOKEN'", hostile)], { encoding: "utf8" })).toBe(hostile);
  });

  it("knows what may be a server's name", () => {
    for (const good of ["central", "central.example.net", "192.0.2.1", "2001:db8::1", "::1"]) expect([good, isServerName(good)]).toEqual([good, true]);
    for (const bad of ["", "-x", ".x", "a b", "a:8383", "https://a", "a/b", "[::1]", hostile, "a".repeat(254)])
      expect([bad, isServerName(bad)]).toEqual([bad, false]);
  });

  it("writes the bootstrap with the address that was asked for", () => {
    const command = enrolCommand({ server: "a", https_port: 1, agent_port: 2, publication_key: "k", token: "t", uses: 3 }, hostile);
    const words = execFileSync("sh", ["-c", command.replace("install", "true").replace(" > /etc", " ; true < /dev/null || cat /etc")
      .replace("warifu-agent", "true")], { encoding: "utf8" });
    expect(JSON.parse(words)).toMatchObject({ server: hostile, token: "t" });
  });
});
