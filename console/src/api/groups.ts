// What pages ask of the server about groups of computers.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import type { Schemas } from "./client";
import { every } from "./live";

export type Group = Schemas["Group"];
export type Criteria = Schemas["Criteria"];
export type Criterion = Schemas["Criterion"];

export const GROUPS_KEY = ["groups"] as const;
const SLOW_MS = 30_000;
const PAGE = 100;
const ALL = 500;

// Page after page.
export const groupsQuery = infiniteQueryOptions({
  queryKey: [...GROUPS_KEY, "list"],
  queryFn: ({ signal, pageParam }) =>
    ask(api.GET("/api/v1/groups", {
      params: { query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } }, signal,
    })),
  initialPageParam: "",
  getNextPageParam: (last) => last.next_cursor,
  refetchInterval: every(SLOW_MS),
});

// To choose from.
export const groupChoiceQuery = queryOptions({
  queryKey: [...GROUPS_KEY, "choice"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/groups", { params: { query: { limit: ALL } }, signal })),
  staleTime: SLOW_MS,
});

export function loadGroup(id: string, signal?: AbortSignal): Promise<Group> {
  return ask(api.GET("/api/v1/groups/{group_id}", { params: { path: { group_id: id } }, signal }));
}

export function groupQuery(id: string) {
  return queryOptions({
    queryKey: [...GROUPS_KEY, "one", id],
    queryFn: ({ signal }) => loadGroup(id, signal),
    refetchInterval: every(SLOW_MS),
  });
}

export async function changeMembers(id: string, how: "add" | "remove", ids: string[]): Promise<number> {
  const { changed } = await ask(api.POST(`/api/v1/groups/{group_id}/members/${how}`, {
    params: { path: { group_id: id } }, body: { computer_ids: ids },
  }));
  return changed;
}

export function computerGroupsQuery(id: string) {
  return queryOptions({
    queryKey: [...GROUPS_KEY, "of", id],
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/computers/{computer_id}/groups", { params: { path: { computer_id: id } }, signal })),
    refetchInterval: every(SLOW_MS),
  });
}

export function previewQuery(criteria: Criteria | null) {
  return queryOptions({
    queryKey: [...GROUPS_KEY, "preview", criteria],
    queryFn: ({ signal }) =>
      criteria === null ? null : ask(api.POST("/api/v1/groups/preview", { body: { criteria }, signal })),
    enabled: criteria !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
}
