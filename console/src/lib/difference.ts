// What an audit row tells of before and after, member by member.
export interface Difference {
  path: string;
  before: string | null;
  after: string | null;
  isChanged: boolean;
}

type Flat = Map<string, string>;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// "computers=full inventory=read", as levels are kept.
function levelsOf(text: string): Record<string, string> | null {
  if (!/^[a-z_]+=[a-z]+( [a-z_]+=[a-z]+)*$/.test(text)) return null;
  return Object.fromEntries(text.split(" ").map((pair) => pair.split("=") as [string, string]));
}

function flatten(value: unknown, path: string, out: Flat): Flat {
  const levels = path === "levels" && typeof value === "string" ? levelsOf(value) : null;
  if (levels) return flatten(levels, path, out);
  if (isObject(value))
    Object.entries(value).forEach(([name, inner]) => flatten(inner, path === "" ? name : `${path}.${name}`, out));
  else out.set(path, typeof value === "string" ? value : JSON.stringify(value));
  return out;
}

// In the order of what came after, then what is no more.
export function differencesOf(before: unknown, after: unknown): Difference[] {
  const old = isObject(before) ? flatten(before, "", new Map()) : null;
  const next = isObject(after) ? flatten(after, "", new Map()) : null;
  const paths = [...new Set([...(next?.keys() ?? []), ...(old?.keys() ?? [])])];
  return paths.map((path) => {
    const was = old?.get(path) ?? null;
    const is = next?.get(path) ?? null;
    return { path, before: was, after: is, isChanged: old !== null && next !== null && was !== is };
  });
}
