// What is asked about second factors.
import { queryOptions } from "@tanstack/react-query";
import { api, ask, Problem } from "./client";

export const ownTwoFactorQuery = queryOptions({
  queryKey: ["two-factor", "own"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/me/two-factor", { signal })),
});

export const twoFactorSettingQuery = queryOptions({
  queryKey: ["two-factor", "setting"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/settings/two-factor", { signal })),
});

// What somebody typed as the second factor, as the API takes it.
export interface TypedFactor {
  text: string;
  isRecovery: boolean;
}

export const NOTHING_TYPED: TypedFactor = { text: "", isRecovery: false };

export function factorBody({ text, isRecovery }: TypedFactor): { code?: string; recovery_code?: string } {
  return isRecovery ? { recovery_code: text.trim() } : { code: text };
}

export function isFactorReady({ text, isRecovery }: TypedFactor): boolean {
  return isRecovery ? text.trim() !== "" : /^[0-9]{6}$/.test(text);
}

// The ticket for the second step, where the password was right.
export function ticketOf(error: unknown): string | null {
  if (!(error instanceof Problem) || error.code !== "two_factor_needed") return null;
  const { two_factor: asked } = error.members as { two_factor?: { ticket?: unknown } };
  return typeof asked?.ticket === "string" ? asked.ticket : null;
}
