// What is asked of the server about enrolment: tokens page by page, and what
// installs an agent.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import type { Schemas } from "./client";
import { every } from "./live";

export type Installer = Schemas["Installer"];
export type NewToken = Schemas["NewEnrolmentToken"];
// A token of a computer has no uses; the generated type asks for them, for they
// have a default.
export type TokenRequest = Omit<Schemas["EnrolmentTokenRequest"], "uses"> & { uses?: number };

export function makeToken(body: TokenRequest): Promise<NewToken> {
  return ask(api.POST("/api/v1/enrolment-tokens", { body: body as Schemas["EnrolmentTokenRequest"] }));
}

export const TOKENS_KEY = ["enrolment-tokens"] as const;
export const TOKENS_A_PAGE = 20;
const SLOW_MS = 30_000;

export interface TokensAsked {
  office_id?: string;
  usable?: boolean;
  cursor?: string;
}

export function tokenPageQuery(asked: TokensAsked) {
  return queryOptions({
    queryKey: [...TOKENS_KEY, "page", asked],
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/enrolment-tokens", { params: { query: { limit: TOKENS_A_PAGE, ...asked } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: every(SLOW_MS),
  });
}

// Its hash is of this moment: asked anew whenever a command is shown.
export function installerQuery(server = "") {
  return queryOptions({
    queryKey: ["installer", server],
    queryFn: ({ signal }) => ask(api.GET("/api/v1/installer", { params: { query: server ? { server } : {} }, signal })),
    staleTime: 0,
    gcTime: 0,
  });
}

// Those that a name or an address finds, for a choice.
export function computerChoicesQuery(search: string) {
  return queryOptions({
    queryKey: ["computers", "choices", search],
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/computers", { params: { query: { limit: 20, state: "active", ...(search && { search }) } }, signal })),
    placeholderData: keepPreviousData,
  });
}

// How a token's computer is called. It hardly changes, and it may be gone.
export function computerNameQuery(id: string) {
  return queryOptions({
    queryKey: ["computers", "name", id],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/api/v1/computers/{computer_id}", { params: { path: { computer_id: id } }, signal }))).name,
    retry: false,
  });
}
