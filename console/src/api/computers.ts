// What is asked about many computers, and the long lists of one.
import { infiniteQueryOptions } from "@tanstack/react-query";
import type { BulkAction, BulkItem } from "../lib/bulk";
import { save } from "../lib/csv";
import type { Choosable } from "../lib/selection";
import { api, ask, Problem } from "./client";
import { every } from "./live";
import type { ComputersAsked } from "./queries";

export interface BulkWish {
  action: BulkAction;
  office?: string;
  reason?: string;
}

type Filter = Omit<ComputersAsked, "cursor" | "limit">;
const PAGE = 500;
const HISTORY_PAGE = 50;
const SLOW_MS = 30_000;

// A server that restarts, or that cannot just now.
export function mayAskAgain(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);
}

export async function askBulk({ action, office = "", reason = "" }: BulkWish, ids: string[]): Promise<BulkItem[]> {
  const body = { computer_ids: ids };
  switch (action) {
    case "refresh":
      return (await ask(api.POST("/api/v1/computers/refresh", { body }))).results;
    case "move":
      return (await ask(api.POST("/api/v1/computers/move", { body: { ...body, office_id: office } }))).results;
    case "retire":
      return (await ask(api.POST("/api/v1/computers/retire", { body }))).results;
    case "revoke":
      return (await ask(api.POST("/api/v1/computers/revoke", { body: { ...body, reason } }))).results;
  }
}

// A page of those that match; the cursor of the next one, or null.
export async function matching(filter: Filter, cursor: string): Promise<{ items: Choosable[]; next: string | null }> {
  const page = await ask(api.GET("/api/v1/computers", {
    params: { query: { ...filter, limit: PAGE, ...(cursor && { cursor }) } },
  }));
  return { items: page.items.map(({ id, name }) => ({ id, name })), next: page.next_cursor };
}

export async function saveComputers(filter: Filter, columns: string[]): Promise<void> {
  const contents = await ask(api.GET("/api/v1/computers/export", {
    params: { query: { ...filter, columns: columns.join(","), bom: true } }, parseAs: "blob",
  }));
  save(contents, "computers.csv");
}

export async function savePem(serial: string): Promise<void> {
  const pem = await ask(api.GET("/api/v1/certificates/{serial}/pem", { params: { path: { serial } }, parseAs: "blob" }));
  save(pem, `${serial}.pem`);
}

export function certificateHistoryQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ["computers", "certificate-history", id],
    queryFn: ({ signal, pageParam }) =>
      ask(api.GET("/api/v1/computers/{computer_id}/certificates", {
        params: { path: { computer_id: id }, query: { limit: HISTORY_PAGE, ...(pageParam && { cursor: pageParam }) } }, signal,
      })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: every(SLOW_MS),
  });
}

export function eventHistoryQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ["computers", "event-history", id],
    queryFn: ({ signal, pageParam }) =>
      ask(api.GET("/api/v1/computers/{computer_id}/events", {
        params: { path: { computer_id: id }, query: { limit: HISTORY_PAGE, ...(pageParam && { cursor: pageParam }) } }, signal,
      })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: every(SLOW_MS),
  });
}
