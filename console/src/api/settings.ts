// The settings of the server, and how they are changed.
import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import type { Schemas } from "./client";

export type SecuritySettings = Schemas["SecuritySettings"];
export type ServerSettings = Schemas["ServerSettings"];

export const securitySettingsQuery = queryOptions({
  queryKey: ["settings", "security"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/settings/security", { signal })),
});

export const serverSettingsQuery = queryOptions({
  queryKey: ["settings", "server"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/settings/server", { signal })),
});

// What somebody else has changed since is refused, not overwritten.
function unchangedSince(version: number) {
  return { header: { "If-Match": `"${version}"` } };
}

// Members of the group's change, as the form has read them.
export type Changes = Record<string, number | null>;

export function changeSecuritySettings(version: number, changes: Changes) {
  const body = changes as Schemas["SecuritySettingsChange"];
  return ask(api.PATCH("/api/v1/settings/security", { params: unchangedSince(version), body }));
}

export function changeServerSettings(version: number, changes: Changes) {
  const body = changes as Schemas["ServerSettingsChange"];
  return ask(api.PATCH("/api/v1/settings/server", { params: unchangedSince(version), body }));
}
