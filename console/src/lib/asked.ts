// What addresses and kept choices ask for, bounded to what makes sense.
import type { ComputersAsked, ComputerSort } from "../api/queries";

export const STATES = ["active", "retired", "revoked", "removed"] as const;
export const SEEN_DAYS = [1, 7, 30, 90] as const;
export const CERTIFICATES = ["expired", "expiring"] as const;
export const SIZES = [25, 50, 100, 200] as const;
const SORTS = ["name", "os", "last_seen_at", "enrolled_at", "state"] as const;

// What the address asks for; what makes no sense in it is passed over.
export function readAsked(search: URLSearchParams): Omit<ComputersAsked, "cursor"> {
  const sort = search.get("sort") ?? "name";
  const word = sort.replace(/^-/, "");
  const state = STATES.find((one) => one === search.get("state"));
  const seen = SEEN_DAYS.find((days) => String(days) === search.get("seen"));
  const certificate = CERTIFICATES.find((one) => one === search.get("certificate"));
  const text = search.get("search") ?? "";
  const office = search.get("office") ?? "";
  const group = search.get("group") ?? "";
  const os = search.get("os") ?? "";
  const agent = search.get("agent") ?? "";
  return {
    limit: SIZES.find((size) => String(size) === search.get("size")) ?? 50,
    sort: (SORTS.some((one) => one === word) ? sort : "name") as ComputerSort,
    ...(text && { search: text.slice(0, 128) }),
    ...(/^[0-9a-f-]{36}$/.test(office) && { office_id: office }),
    ...(/^[0-9a-f-]{36}$/.test(group) && { group_id: group }),
    ...(state && { state }),
    ...(os && { os_name: os.slice(0, 128) }),
    ...(seen && { not_seen_days: seen }),
    ...(agent && { agent_version: agent.slice(0, 63) }),
    ...(certificate && { certificate }),
    ...(search.get("duplicate") === "any" && { duplicate: "any" as const }),
  };
}

// One text or identifier of an address.
export function readText(search: URLSearchParams, name: string, most = 128): string {
  return (search.get(name) ?? "").slice(0, most);
}

export function readId(search: URLSearchParams, name: string): string {
  const id = search.get(name) ?? "";
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : "";
}

export const USER_SORTS = ["name", "-name", "role", "-role", "last_sign_in_at", "-last_sign_in_at"] as const;
export type UserSort = (typeof USER_SORTS)[number];

// By name where the address names no order that there is.
export function readUserSort(search: URLSearchParams): UserSort {
  return USER_SORTS.find((one) => one === search.get("sort")) ?? "name";
}

// What narrows and sorts, without how much of it is shown at once.
export function filterOf(asked: Omit<ComputersAsked, "cursor">): Omit<ComputersAsked, "cursor" | "limit"> {
  const filter: Partial<ComputersAsked> = { ...asked };
  delete filter.limit;
  return { ...filter, sort: asked.sort };
}

// Where one was; an address of this app and nothing else.
export function wayBack(state: unknown): string {
  const from = typeof state === "object" && state !== null ? (state as { from?: unknown }).from : undefined;
  return typeof from === "string" && /^\/(?![/\\])/.test(from) ? from : "/";
}

// The chosen ones of those that there are; none known: the standard.
export function readColumns<Name extends string>(text: string, all: readonly Name[], standard: readonly Name[]): Name[] {
  const wanted = text.split(",");
  const found = all.filter((name) => wanted.includes(name));
  return found.length > 0 ? found : [...standard];
}
