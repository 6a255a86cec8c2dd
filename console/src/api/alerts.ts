// Alerts: what needs somebody's attention, and acknowledging it for everybody.
import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import type { Schemas } from "./client";
import { every } from "./live";

export type Alert = Schemas["Alert"];
export type AlertKind = Schemas["AlertKind"];

const OFTEN_MS = 30_000;

export const alertsQuery = queryOptions({
  queryKey: ["alerts"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/alerts", { signal })),
  refetchInterval: every(OFTEN_MS),
});

export function acknowledge(kind: AlertKind) {
  return ask(api.POST("/api/v1/alerts/{kind}/acknowledgement", { params: { path: { kind } } }));
}

export function reopen(kind: AlertKind) {
  return ask(api.DELETE("/api/v1/alerts/{kind}/acknowledgement", { params: { path: { kind } } }));
}
