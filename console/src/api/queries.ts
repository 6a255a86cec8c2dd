// What pages ask of the server, with the names under which it is remembered.
import { QueryCache, QueryClient, MutationCache, queryOptions, keepPreviousData } from "@tanstack/react-query";
import { api, ask, Problem } from "./client";
import type { Session } from "./client";
import { every } from "./live";

export const SESSION_KEY = ["session"] as const;
// How often what changes by itself is asked again, while the page is seen and
// the server does not tell of changes.
const LIVE_MS = 5000;
const SLOW_MS = 30_000;
const LIST_ALL = 500;

function forgetSession(error: unknown): void {
  if (!(error instanceof Problem)) return;
  if (error.status === 401) client.setQueryData<Session | null>(SESSION_KEY, null);
  // The role was changed under the open page, or the password is to be.
  if (["password_change_required", "two_factor_setup_required", "not_permitted", "outside_scope"].includes(error.code))
    void client.invalidateQueries({ queryKey: SESSION_KEY });
}

function mayRetry(count: number, error: Error): boolean {
  return error instanceof Problem && (error.status === 0 || error.status >= 500) && count < 3;
}

export const client = new QueryClient({
  queryCache: new QueryCache({ onError: forgetSession }),
  mutationCache: new MutationCache({ onError: forgetSession }),
  defaultOptions: { queries: { retry: mayRetry, staleTime: 2000 }, mutations: { retry: false } },
});

// Whoever comes next sees nothing of what the one before saw.
export function changeSession(session: Session | null): void {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
  client.setQueryData<Session | null>(SESSION_KEY, session);
}

async function session(signal: AbortSignal): Promise<Session | null> {
  try {
    return await ask(api.GET("/api/v1/session", { signal }));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: ({ signal }) => session(signal),
  staleTime: SLOW_MS,
});

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/status", { signal })),
  refetchInterval: every(SLOW_MS),
});

export const fleetQuery = queryOptions({
  queryKey: ["computers", "fleet"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/fleet", { signal })),
  refetchInterval: every(LIVE_MS),
});

export interface ComputersAsked {
  limit: number;
  cursor?: string;
  sort: ComputerSort;
  search?: string;
  office_id?: string;
  group_id?: string;
  state?: "active" | "retired" | "revoked" | "removed";
  os_name?: string;
  not_seen_days?: number;
  agent_version?: string;
  certificate?: "expired" | "expiring";
  duplicate?: "any";
}
export type ComputerSort =
  | "name" | "-name" | "last_seen_at" | "-last_seen_at" | "enrolled_at" | "-enrolled_at"
  | "os" | "-os" | "state" | "-state";

export function computersQuery(asked: ComputersAsked) {
  return queryOptions({
    queryKey: ["computers", "list", asked],
    queryFn: ({ signal }) => ask(api.GET("/api/v1/computers", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: every(LIVE_MS),
  });
}

export function computerQuery(id: string) {
  return queryOptions({
    queryKey: ["computers", "one", id],
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/computers/{computer_id}", { params: { path: { computer_id: id } }, signal })),
    refetchInterval: every(LIVE_MS),
  });
}

export function inventoryQuery(id: string) {
  return queryOptions({
    queryKey: ["computers", "inventory", id],
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/computers/{computer_id}/inventory", { params: { path: { computer_id: id } }, signal })),
    refetchInterval: every(SLOW_MS),
  });
}

export const officesQuery = queryOptions({
  queryKey: ["offices"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/offices", { params: { query: { limit: LIST_ALL } }, signal })),
  refetchInterval: every(SLOW_MS),
});
