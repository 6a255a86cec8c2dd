// Alerts: where they lead, and who may acknowledge them.
import { describe, expect, it } from "vitest";
import type { Alert } from "../api/alerts";
import { linkOf, mayAcknowledge } from "./alert";
import { readAsked } from "./asked";

function alert(more: Partial<Alert>): Alert {
  return {
    kind: "certificate_expired", severity: "critical", count: 1, since: "2026-01-02T03:04:05Z", reason: null, value: null,
    computers: null, acknowledged: null, ...more,
  };
}

describe("an alert", () => {
  it("leads to the list of those that it counts", () => {
    const asked = (computers: Alert["computers"]) =>
      readAsked(new URLSearchParams((linkOf(alert({ computers })) ?? "").split("?")[1]));
    expect(asked({ state: "active", certificate: "expired" })).toMatchObject({ state: "active", certificate: "expired" });
    expect(asked({ state: "active", not_seen_days: 7 })).toMatchObject({ not_seen_days: 7 });
    expect(asked({ duplicate: "any" })).toMatchObject({ duplicate: "any" });
    expect(linkOf(alert({}))).toBeNull();
  });

  it("is acknowledged by whom the server lets", () => {
    const all = { computers: "full", settings: "full", audit: "full", users: "full" };
    expect(mayAcknowledge("disk", all, false)).toBe(true);
    expect(mayAcknowledge("disk", all, true)).toBe(false);
    expect(mayAcknowledge("disk", { ...all, settings: "read" }, false)).toBe(false);
    expect(mayAcknowledge("certificate_expired", { computers: "write" }, false)).toBe(true);
    expect(mayAcknowledge("certificate_expired", { computers: "read" }, false)).toBe(false);
    expect(mayAcknowledge("account_locked", undefined, false)).toBe(false);
  });
});
