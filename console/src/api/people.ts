// What pages ask about users, roles and API tokens.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { UserSort } from "../lib/asked";
import { api, ask } from "./client";
import type { Schemas } from "./client";
import { every } from "./live";

export type User = Schemas["User"];
export type Role = Schemas["Role"];
export type ApiToken = Schemas["ApiToken"];
export type Scope = Schemas["Scope"];

export const USERS_KEY = ["users"] as const;
export const ROLES_KEY = ["roles"] as const;
export const TOKENS_KEY = ["api-tokens"] as const;
const OFTEN_MS = 30_000;
const ALL = 500;

export interface UsersAsked {
  limit: number;
  cursor?: string;
  search?: string;
  role_id?: string;
  place_id?: string;
  sort?: UserSort;
}

export function usersQuery(asked: UsersAsked) {
  return queryOptions({
    queryKey: [...USERS_KEY, "list", asked],
    queryFn: ({ signal }) => ask(api.GET("/api/v1/users", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: every(OFTEN_MS),
  });
}

export function loadUser(id: string, signal?: AbortSignal): Promise<User> {
  return ask(api.GET("/api/v1/users/{user_id}", { params: { path: { user_id: id } }, signal }));
}

export function userQuery(id: string) {
  return queryOptions({
    queryKey: [...USERS_KEY, "one", id],
    queryFn: ({ signal }) => loadUser(id, signal),
    refetchInterval: every(OFTEN_MS),
  });
}

export const rolesQuery = queryOptions({
  queryKey: [...ROLES_KEY, "list"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/roles", { params: { query: { limit: ALL } }, signal })),
  refetchInterval: every(OFTEN_MS),
});

export function loadRole(id: string, signal?: AbortSignal): Promise<Role> {
  return ask(api.GET("/api/v1/roles/{role_id}", { params: { path: { role_id: id } }, signal }));
}

export function roleQuery(id: string) {
  return queryOptions({
    queryKey: [...ROLES_KEY, "one", id],
    queryFn: ({ signal }) => loadRole(id, signal),
    refetchInterval: every(OFTEN_MS),
  });
}

export interface TokensAsked {
  limit: number;
  cursor?: string;
  search?: string;
}

export function ownTokensQuery(asked: TokensAsked) {
  return queryOptions({
    queryKey: [...TOKENS_KEY, "own", asked],
    queryFn: ({ signal }) => ask(api.GET("/api/v1/me/api-tokens", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: every(OFTEN_MS),
  });
}

export function allTokensQuery(asked: TokensAsked & { user_id?: string; place_id?: string }) {
  return queryOptions({
    queryKey: [...TOKENS_KEY, "all", asked],
    queryFn: ({ signal }) => ask(api.GET("/api/v1/api-tokens", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: every(OFTEN_MS),
  });
}

// A version as If-Match takes it.
export function etagOf({ version }: { version: number }): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}
