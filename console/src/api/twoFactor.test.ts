// What is typed becomes what the API takes; the ticket is found.
import { describe, expect, it } from "vitest";
import { Problem, problemOf } from "./client";
import { factorBody, isFactorReady, ticketOf } from "./twoFactor";

describe("a second factor", () => {
  it("is a code of six digits, or a recovery code", () => {
    expect(factorBody({ text: "012345", isRecovery: false })).toEqual({ code: "012345" });
    expect(factorBody({ text: " abcd-efgh ", isRecovery: true })).toEqual({ recovery_code: "abcd-efgh" });
    expect(isFactorReady({ text: "12345", isRecovery: false })).toBe(false);
    expect(isFactorReady({ text: "123456", isRecovery: false })).toBe(true);
    expect(isFactorReady({ text: " ", isRecovery: true })).toBe(false);
    expect(isFactorReady({ text: "x", isRecovery: true })).toBe(true);
  });
});

describe("the ticket", () => {
  const told = (error: unknown) => ticketOf(problemOf(error, new Response(null, { status: 401 })));

  it("comes with the right password alone", () => {
    expect(told({ code: "two_factor_needed", two_factor: { ticket: "wfk_x" } })).toBe("wfk_x");
    expect(told({ code: "sign_in_failed", two_factor: { ticket: "wfk_x" } })).toBe(null);
    expect(told({ code: "two_factor_needed" })).toBe(null);
    expect(told({ code: "two_factor_needed", two_factor: { ticket: 5 } })).toBe(null);
    expect(ticketOf(new Error("x"))).toBe(null);
    expect(ticketOf(new Problem("two_factor_needed", 401, ""))).toBe(null);
  });
});
