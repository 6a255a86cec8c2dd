// The one way to the server's API: typed by its description, a session by
// cookie, failures as Problem.
import createClient from "openapi-fetch";
import { reportReached, reportUnreachable } from "./reach";
import type { components, paths } from "./schema.gen";

export type Schemas = components["schemas"];
export type Computer = Schemas["Computer"];
export type Office = Schemas["Office"];
export type EnrolmentToken = Schemas["EnrolmentToken"];
export type Session = Schemas["Session"];

// Codes that are made here and not by the server.
export const UNREACHABLE = "unreachable";

export type Changed = Schemas["Changed"];

// Some by name, as far as one may know them, and how many there are.
export interface Holders {
  users: readonly string[];
  userCount: number;
  tokens: readonly string[];
  tokenCount: number;
}

const NOBODY: Holders = { users: [], userCount: 0, tokens: [], tokenCount: 0 };

export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail: string,
    readonly retryAfterS: number | null = null,
    // With version_mismatch: what others have changed since.
    readonly changed: Changed | null = null,
    // With role_in_use, office_in_scope, group_in_scope: who stands in the way.
    readonly holders: Holders = NOBODY,
    // With password_too_short: the least that counts.
    readonly minimumLength: number | null = null,
    readonly members: object = {}, // beside those of every problem
  ) {
    super(detail || code);
  }
}

export const api = createClient<paths>({
  // Given, for the tests' sake, at each call and not when this file is read.
  fetch: (request) => globalThis.fetch(request),
  credentials: "same-origin",
  headers: { "X-Warifu-Request": "1" },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function minimumLengthOf(error: unknown): number | null {
  const length = memberOf(error, "minimum_length");
  return typeof length === "number" ? length : null;
}

// A server, or a part of it, that restarts.
function isAway(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}

function changedOf(error: unknown): Changed | null {
  const changed = memberOf(error, "changed");
  const members = memberOf(changed, "members");
  const at = memberOf(changed, "at");
  const by = memberOf(changed, "by");
  if (!Array.isArray(members)) return null;
  return {
    version: Number(memberOf(changed, "version")),
    at: typeof at === "string" ? at : null,
    by: typeof by === "string" ? by : null,
    members: members.map(String),
  };
}

function listOf(error: unknown, name: string): unknown[] {
  const list = memberOf(error, name);
  return Array.isArray(list) ? list : [];
}

function countOf(error: unknown, name: string, least: number): number {
  const count = memberOf(error, name);
  return typeof count === "number" ? count : least;
}

// A token is told with whose it is.
function holdersOf(error: unknown): Holders {
  const users = listOf(error, "users").map(String);
  const tokens = listOf(error, "api_tokens").map((one) => `${String(memberOf(one, "name"))} (${String(memberOf(one, "user"))})`);
  return {
    users, userCount: countOf(error, "user_count", users.length),
    tokens, tokenCount: countOf(error, "api_token_count", tokens.length),
  };
}

export function problemOf(error: unknown, response: Response): Problem {
  const code = memberOf(error, "code");
  const detail = memberOf(error, "detail");
  const retry = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new Problem(
    typeof code === "string" ? code : "internal",
    response.status,
    typeof detail === "string" ? detail : "",
    Number.isNaN(retry) ? null : retry,
    changedOf(error),
    holdersOf(error),
    minimumLengthOf(error),
    typeof error === "object" && error !== null ? error : {},
  );
}

// The data of an answer, or a Problem thrown.
export async function ask<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    reportUnreachable();
    throw new Problem(UNREACHABLE, 0, String(error));
  }
  if (answer.response.ok) {
    reportReached();
    return answer.data as T;
  }
  const problem = problemOf(answer.error, answer.response);
  if (isAway(problem.status) && problem.code === "core_away") reportUnreachable();
  else reportReached();
  throw problem;
}
