// What the address of the audit log asks for, bounded to what makes sense.
import type { AuditFilter } from "../api/audit";

export const OUTCOMES = ["done", "refused", "failed"] as const;
export const TEXT_MAX = 256, ADDRESS_MAX = 63;
const MINUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

// A minute of this computer's clock ("2026-01-31T12:00"), as the server takes it.
export function timeOf(minute: string): string | undefined {
  if (!MINUTE.test(minute)) return undefined;
  const at = new Date(minute);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

export function readFilter(search: URLSearchParams): AuditFilter {
  const text = (name: string, most: number) => (search.get(name) ?? "").trim().slice(0, most);
  const actor = text("actor", TEXT_MAX);
  const target = text("target", TEXT_MAX);
  const action = text("action", 32);
  const address = text("address", ADDRESS_MAX);
  const outcome = OUTCOMES.find((one) => one === search.get("outcome"));
  const from = timeOf(search.get("from") ?? "");
  const until = timeOf(search.get("until") ?? "");
  return {
    ...(from && { from }),
    ...(until && { until }),
    ...(actor && { actor }),
    ...(/^[a-z_.]{1,32}$/.test(action) && { action }),
    ...(target && { target }),
    ...(outcome && { outcome }),
    ...(address && { address }),
  };
}
