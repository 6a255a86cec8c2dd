// Which of a long list are chosen: some of them, or all but some.
export interface Selection {
  isAll: boolean;
  ids: ReadonlyMap<string, string>; // names by ids: the chosen ones, or of all the others
}

export interface Choosable { id: string; name: string }

export const EMPTY: Selection = { isAll: false, ids: new Map() };
export const ALL: Selection = { isAll: true, ids: new Map() };

export function isChosen({ isAll, ids }: Selection, id: string): boolean {
  return isAll !== ids.has(id);
}

// total: how many there are.
export function countOf({ isAll, ids }: Selection, total: number): number {
  return isAll ? Math.max(0, total - ids.size) : ids.size;
}

export function toggle({ isAll, ids }: Selection, id: string, name: string): Selection {
  const next = new Map(ids);
  if (!next.delete(id)) next.set(id, name);
  return { isAll, ids: next };
}

export function toggleAll(selection: Selection, items: readonly Choosable[], isWanted: boolean): Selection {
  return items.filter(({ id }) => isChosen(selection, id) !== isWanted)
    .reduce((all, { id, name }) => toggle(all, id, name), selection);
}
