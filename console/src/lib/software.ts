// What addresses ask for of software, bounded to what makes sense.
import type { SoftwareAsked, SoftwareSort } from "../api/software";
import { SIZES } from "./asked";

const SORTS = ["name", "-name", "computers", "-computers"] as const;
const SEARCH_MAX = 128;

export function readSoftwareAsked(search: URLSearchParams): Omit<SoftwareAsked, "cursor"> {
  const text = search.get("search") ?? "";
  const sort: SoftwareSort = SORTS.find((one) => one === search.get("sort")) ?? "name";
  return {
    limit: SIZES.find((size) => String(size) === search.get("size")) ?? 50,
    sort,
    ...(text && { search: text.slice(0, SEARCH_MAX) }),
  };
}

// A version's number, or none.
export function readVersion(search: URLSearchParams): number | undefined {
  const text = search.get("version") ?? "";
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}

// Its part of all, in whole percents; what is there is never shown as nothing.
export function shareOf(part: number, whole: number): number {
  if (whole <= 0 || part <= 0) return 0;
  return Math.min(100, Math.max(1, Math.round((part / whole) * 100)));
}
