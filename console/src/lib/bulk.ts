// Something done to many computers, part by part: what the server left or did
// not answer is asked again, so that neither a restart of it nor a lost answer
// loses any.
import type { Schemas } from "../api/client";

export type BulkAction = "refresh" | "move" | "retire" | "revoke";
export type BulkItem = Schemas["BulkItem"];

export interface BulkState {
  total: number;
  done: number;
  already: number;
  refused: BulkItem[];
  left: number;
  isWaiting: boolean; // for a server that is away or cannot just now
}

export interface BulkRun {
  ids: string[];
  part: number;
  ask: (ids: string[]) => Promise<BulkItem[]>;
  // May it be asked again after this failure?
  mayRetry: (error: unknown) => boolean;
  pause: () => Promise<void>;
  isStopped: () => boolean;
  onState: (state: BulkState) => void;
  // Of a run that was stopped, where this one goes on with its rest.
  from?: BulkState;
}

export function emptyState(total: number): BulkState {
  return { total, done: 0, already: 0, refused: [], left: total, isWaiting: false };
}

function taken(state: BulkState, items: BulkItem[], left: number): BulkState {
  const count = (outcome: BulkItem["outcome"]) => items.filter((item) => item.outcome === outcome).length;
  return {
    ...state,
    done: state.done + count("done"),
    already: state.already + count("already"),
    refused: [...state.refused, ...items.filter((item) => item.outcome === "refused")],
    left,
    isWaiting: false,
  };
}

export interface BulkEnd {
  rest: string[]; // neither done nor refused
  error: unknown; // why it ended before all were, or null
}

export async function runBulk({ ids, part, ask, mayRetry, pause, isStopped, onState, from }: BulkRun): Promise<BulkEnd> {
  let queue = ids;
  let state: BulkState = { ...(from ?? emptyState(ids.length)), isWaiting: false };
  onState(state);
  while (queue.length > 0 && !isStopped()) {
    const asked = queue.slice(0, part);
    let items: BulkItem[];
    try {
      items = await ask(asked);
    } catch (error) {
      if (!mayRetry(error)) return { rest: queue, error };
      state = { ...state, isWaiting: true };
      onState(state);
      await pause();
      continue;
    }
    const settled = new Set(items.filter((item) => item.outcome !== "left").map((item) => item.computer_id));
    queue = [...queue.slice(part), ...asked.filter((id) => !settled.has(id))];
    state = taken(state, items, queue.length);
    if (settled.size === 0) state = { ...state, isWaiting: true };
    onState(state);
    if (settled.size === 0) await pause();
  }
  return { rest: queue, error: null };
}
