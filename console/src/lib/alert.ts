// What an alert says, and where its cure is.
import type { TFunction } from "i18next";
import type { Alert, AlertKind } from "../api/alerts";

// Which module one must be able to write to acknowledge it; as in the server.
export const MODULES = {
  certificate_expired: "computers", certificate_expiring: "computers", computer_not_seen: "computers",
  computer_duplicate: "computers", server_certificate: "settings", signer_away: "settings", journal: "settings",
  audit_chain: "audit", database: "settings", disk: "settings", clock: "settings", account_locked: "users",
} as const satisfies Record<AlertKind, string>;

type Levels = Partial<Record<string, string>>;

// The server decides; this hides what it would refuse.
export function mayAcknowledge(kind: AlertKind, levels: Levels | undefined, isScoped: boolean): boolean {
  const writes = (module: string) => levels?.[module] === "write" || levels?.[module] === "full";
  return !isScoped && writes("computers") && writes(MODULES[kind]);
}

// The page of this console that shows those concerned; null: there is none.
export function linkOf(alert: Alert): string | null {
  if (alert.computers === null) return null;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(alert.computers))
    search.set(name === "not_seen_days" ? "seen" : name, String(value));
  return `/computers?${search.toString()}`;
}

const HOUR_S = 3600;

function span(t: TFunction, seconds: number): string {
  const size = Math.abs(seconds);
  if (size >= HOUR_S) return t("alerts.hours", { count: Math.round(size / HOUR_S) });
  return t("alerts.minutes", { count: Math.round(size / 60) });
}

function whatOf(alert: Alert): "over" | "shorter" | "back" | null {
  if (alert.kind === "server_certificate" && alert.reason === "expired") return "over";
  if (alert.kind === "audit_chain" && alert.reason === "shorter") return "shorter";
  return alert.kind === "clock" && alert.reason === "back" ? "back" : null;
}

// In one line: what it is, and of how many.
export function titleOf(t: TFunction, alert: Alert): string {
  const what = whatOf(alert);
  if (what === "over") return t("alerts.certificateOver");
  if (what === "shorter") return t("alerts.auditShorter");
  if (what === "back") return t("alerts.clockBack", { span: span(t, alert.value ?? 0) });
  switch (alert.kind) {
    case "certificate_expired": return t("alerts.title.certificate_expired", { count: alert.count });
    case "certificate_expiring": return t("alerts.title.certificate_expiring", { count: alert.count });
    case "computer_not_seen": return t("alerts.title.computer_not_seen", { count: alert.count, days: alert.value ?? 0 });
    case "computer_duplicate": return t("alerts.title.computer_duplicate", { count: alert.count });
    case "account_locked": return t("alerts.title.account_locked", { count: alert.count });
    case "server_certificate": return t("alerts.title.server_certificate", { count: alert.value ?? 0 });
    case "signer_away": return t("alerts.title.signer_away");
    case "journal": return t("alerts.title.journal");
    case "audit_chain": return t("alerts.title.audit_chain", { row: alert.value ?? 0 });
    case "database": return t("alerts.title.database");
    case "disk": return t("alerts.title.disk", { percent: alert.value ?? 0 });
    case "clock": return t("alerts.title.clock", { span: span(t, alert.value ?? 0) });
  }
}
