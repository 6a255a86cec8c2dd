// Whether the server tells this page of changes by itself. While it does, what
// is shown is asked again only now and then, for safety.
const SAFETY_MS = 60_000;

let isLive = false;
const listeners = new Set<() => void>();

export function reportLive(value: boolean): void {
  if (value === isLive) return;
  isLive = value;
  listeners.forEach((listener) => listener());
}

export function isTold(): boolean {
  return isLive;
}

export function onLive(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// For refetchInterval: so often as long as nobody tells.
export function every(ms: number): () => number {
  return () => (isLive ? Math.max(ms, SAFETY_MS) : ms);
}
