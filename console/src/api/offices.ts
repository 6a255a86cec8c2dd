// What pages ask about one remote office.
import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import type { Office } from "./client";
import { every } from "./live";

export const OFFICE_KEY = ["office"] as const;
const OFTEN_MS = 30_000;

export function loadOffice(id: string, signal?: AbortSignal): Promise<Office> {
  return ask(api.GET("/api/v1/offices/{office_id}", { params: { path: { office_id: id } }, signal }));
}

export function officeQuery(id: string) {
  return queryOptions({
    queryKey: [...OFFICE_KEY, id],
    queryFn: ({ signal }) => loadOffice(id, signal),
    refetchInterval: every(OFTEN_MS),
  });
}

export function officeTokensQuery(id: string, limit: number) {
  return queryOptions({
    queryKey: ["enrolment-tokens", "office", id],
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/enrolment-tokens", { params: { query: { office_id: id, limit } }, signal })),
    refetchInterval: every(OFTEN_MS),
  });
}
