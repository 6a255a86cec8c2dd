// Inventory items as agents write them: foreign data, of which every member may
// be missing or of another kind.
export type Item = Record<string, unknown>;
export interface Section { updated_at: string; items: Record<string, Item> }
export type Sections = Partial<Record<string, Section>>;

export function text(item: Item | undefined, name: string): string {
  const value = item?.[name];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

export function number(item: Item | undefined, name: string): number | null {
  const value = item?.[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function flag(item: Item | undefined, name: string): boolean | null {
  const value = item?.[name];
  return typeof value === "boolean" ? value : null;
}

export function list(item: Item | undefined, name: string): string[] {
  const value = item?.[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

// Items by key, in the order of the keys ("sda2" before "sda10").
export function rowsOf(section: Section | undefined): [string, Item][] {
  return Object.entries(section?.items ?? {}).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
}

export function single(section: Section | undefined): Item | undefined {
  return section?.items["this"];
}

// Rows with the words in any of their texts.
export function filterRows(rows: [string, Item][], words: string): [string, Item][] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return rows;
  return rows.filter(([key, item]) => {
    const whole = [key, ...Object.values(item).filter((value) => typeof value === "string")].join("\n").toLowerCase();
    return wanted.every((word) => whole.includes(word));
  });
}
