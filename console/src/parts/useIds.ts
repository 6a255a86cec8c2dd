// The computers that are chosen in a list, looked up where it is all that match.
import { useEffect, useRef, useState } from "react";
import { matching, mayAskAgain } from "../api/computers";
import type { ComputersAsked } from "../api/queries";
import { isChosen } from "../lib/selection";
import type { Selection } from "../lib/selection";

const PAUSE_MS = 2000;
export const pause = () => new Promise<void>((resolve) => { setTimeout(resolve, PAUSE_MS); });

export type Filter = Omit<ComputersAsked, "cursor" | "limit">;

// Null: the server is away for a moment.
async function onePage(filter: Filter, cursor: string): Promise<Awaited<ReturnType<typeof matching>> | null> {
  try {
    return await matching(filter, cursor);
  } catch (problem) {
    if (!mayAskAgain(problem)) throw problem;
    await pause();
    return null;
  }
}

// The ids of what is chosen, page by page where it is all that match.
export function useIds(selection: Selection, filter: Filter) {
  const [ids, setIds] = useState<string[] | null>(selection.isAll ? null : [...selection.ids.keys()]);
  const [found, setFound] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const asked = useRef({ selection, filter });
  useEffect(() => {
    const leaving = new AbortController();
    const isOver = () => leaving.signal.aborted;
    const { selection: chosen, filter: wanted } = asked.current;
    async function gather() {
      const all: string[] = [];
      let next: string | null = "";
      while (next !== null && !isOver()) {
        const page = await onePage(wanted, next);
        if (page === null) continue;
        all.push(...page.items.filter(({ id }) => isChosen(chosen, id)).map(({ id }) => id));
        next = page.next;
        if (!isOver()) setFound(all.length);
      }
      if (!isOver()) setIds([...new Set(all)]);
    }
    if (chosen.isAll) gather().catch((problem: unknown) => { if (!isOver()) setError(problem); });
    return () => leaving.abort();
  }, []);
  return { ids, found, error };
}
