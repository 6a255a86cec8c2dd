// What pages ask of the audit log.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import type { Schemas } from "./client";
import { every } from "./live";

export type AuditRow = Schemas["AuditRow"];
export type AuditName = Schemas["AuditName"];
export type Verification = Schemas["AuditVerification"];
export type ExportFormat = "csv" | "jsonl";

export const AUDIT_KEY = ["audit"] as const;
const OFTEN_MS = 10_000;

export interface AuditFilter {
  from?: string;
  until?: string;
  actor?: string;
  action?: string;
  target?: string;
  outcome?: Schemas["AuditOutcome"];
  address?: string;
}

export function auditQuery(asked: AuditFilter & { limit: number; cursor?: string }) {
  return queryOptions({
    queryKey: [...AUDIT_KEY, "list", asked],
    queryFn: ({ signal }) => ask(api.GET("/api/v1/audit", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
    // A page that was turned to stays as it is.
    refetchInterval: asked.cursor === undefined ? every(OFTEN_MS) : false,
  });
}

export function auditRowQuery(row: string) {
  return queryOptions({
    queryKey: [...AUDIT_KEY, "row", row],
    queryFn: ({ signal }) => ask(api.GET("/api/v1/audit/rows/{row}", { params: { path: { row } }, signal })),
    staleTime: Infinity,
  });
}

export const auditSettingsQuery = queryOptions({
  queryKey: [...AUDIT_KEY, "settings"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/audit/settings", { signal })),
});

export function exportAudit(format: ExportFormat, filter: AuditFilter): Promise<Blob> {
  return ask<Blob>(api.GET("/api/v1/audit/export", { params: { query: { format, ...filter } }, parseAs: "blob" }));
}

// Part by part until all is seen or something is wrong; tells how far it came.
export async function verifyAudit(signal: AbortSignal, onPart: (part: Verification) => void): Promise<Verification> {
  let checked = 0;
  let cursor: string | null = null;
  for (;;) {
    const query: { cursor?: string } = cursor === null ? {} : { cursor };
    const part: Verification = await ask(api.GET("/api/v1/audit/verification", { params: { query }, signal }));
    checked += part.checked;
    cursor = part.next_cursor;
    onPart({ ...part, checked });
    if (part.state !== "unfinished" || cursor === null) return { ...part, checked };
  }
}
