// Answers become data or a Problem; a server that is away is noticed.
import { afterEach, describe, expect, it, vi } from "vitest";
import { ask, Problem, problemOf, UNREACHABLE } from "./client";
import { isServerReachable, reportReached } from "./reach";

const answer = (status: number, headers = {}) => new Response(null, { status, headers });

afterEach(() => {
  reportReached();
  vi.unstubAllGlobals();
});

describe("an answer", () => {
  it("is its data", async () => {
    expect(await ask(Promise.resolve({ data: 5, response: answer(200) }))).toBe(5);
  });

  it("of a refusal is a problem with its code", async () => {
    const error = { code: "locked", detail: "later" };
    const refused = ask(Promise.resolve({ error, response: answer(429, { "Retry-After": "90" }) }));
    await expect(refused).rejects.toMatchObject({ code: "locked", status: 429, retryAfterS: 90 });
    expect(isServerReachable()).toBe(true);
  });

  it("tells who stands in the way of a deletion", () => {
    const none = { users: [], userCount: 0, tokens: [], tokenCount: 0 };
    expect(problemOf({ code: "role_in_use", users: ["yamada"] }, answer(409)).holders)
      .toEqual({ ...none, users: ["yamada"], userCount: 1 });
    expect(problemOf({
      code: "group_in_scope", users: ["yamada"], user_count: 3, api_tokens: [{ name: "ci", user: "admin" }], api_token_count: 1,
    }, answer(409)).holders).toEqual({ users: ["yamada"], userCount: 3, tokens: ["ci (admin)"], tokenCount: 1 });
    // Who may not know them.
    expect(problemOf({ code: "group_in_scope", user_count: 2, api_token_count: 0 }, answer(409)).holders)
      .toEqual({ ...none, userCount: 2 });
    expect(problemOf({ code: "x", users: "no", user_count: "no" }, answer(409)).holders).toEqual(none);
  });

  it("tells what others have changed", () => {
    const changed = { version: 3, at: "2026-01-31T12:00:00Z", by: "second", members: ["scope"] };
    expect(problemOf({ code: "version_mismatch", changed }, answer(409)).changed).toEqual(changed);
    expect(problemOf({ code: "version_mismatch", changed: { version: 3, at: null, by: null, members: [] } }, answer(409)).changed)
      .toMatchObject({ at: null, by: null });
    expect(problemOf({ code: "version_mismatch", changed: "no" }, answer(409)).changed).toBeNull();
  });

  it("that is none of the API's is a problem too", () => {
    expect(problemOf("<html>", answer(502))).toMatchObject({ code: "internal", status: 502, retryAfterS: null });
  });
});

describe("a server", () => {
  it("that does not answer, or restarts, is away", async () => {
    await expect(ask(Promise.reject(new TypeError("failed")))).rejects.toMatchObject({ code: UNREACHABLE });
    expect(isServerReachable()).toBe(false);
    reportReached();
    await expect(ask(Promise.resolve({ error: { code: "core_away" }, response: answer(503) }))).rejects.toBeInstanceOf(Problem);
    expect(isServerReachable()).toBe(false);
  });

  it("is asked until it is back", async () => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(answer(200))));
    await expect(ask(Promise.reject(new TypeError("failed")))).rejects.toBeInstanceOf(Problem);
    await vi.advanceTimersByTimeAsync(2100);
    expect(isServerReachable()).toBe(true);
    vi.useRealTimers();
  });
});
