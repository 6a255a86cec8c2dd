// Sessions: the own ones (user null), or those of a user.
import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import type { Schemas } from "./client";
import { every } from "./live";

export type UserSession = Schemas["UserSession"];
const SHOWN = 500;
const SLOW_MS = 30_000;

export function sessionsQuery(user: string | null) {
  const query = { limit: SHOWN };
  return queryOptions({
    queryKey: ["sessions", user],
    queryFn: ({ signal }) =>
      user === null
        ? ask(api.GET("/api/v1/me/sessions", { params: { query }, signal }))
        : ask(api.GET("/api/v1/users/{user_id}/sessions", { params: { path: { user_id: user }, query }, signal })),
    refetchInterval: every(SLOW_MS),
  });
}

export function endSession(user: string | null, session: string) {
  return user === null
    ? ask(api.DELETE("/api/v1/me/sessions/{session_id}", { params: { path: { session_id: session } } }))
    : ask(api.DELETE("/api/v1/users/{user_id}/sessions/{session_id}", {
      params: { path: { user_id: user, session_id: session } },
    }));
}

// Of the own ones all but this one.
export function endSessions(user: string | null) {
  return user === null
    ? ask(api.DELETE("/api/v1/me/sessions"))
    : ask(api.DELETE("/api/v1/users/{user_id}/sessions", { params: { path: { user_id: user } } }));
}
