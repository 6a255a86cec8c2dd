// Lists that the server gives in parts: one cursor for each part gone past.
import { useCallback, useState } from "react";

export function usePages() {
  const [cursors, setCursors] = useState<string[]>([]);
  const cursor = cursors.at(-1);
  return {
    number: cursors.length + 1,
    part: cursor === undefined ? {} : { cursor },
    begin: useCallback(() => setCursors([]), []),
    previous: useCallback(() => setCursors((all) => all.slice(0, -1)), []),
    next: useCallback((after: string) => setCursors((all) => [...all, after]), []),
  };
}

export type Pages = ReturnType<typeof usePages>;
