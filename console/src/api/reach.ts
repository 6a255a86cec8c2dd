// Whether the server answers. While it does not, it is asked every two seconds.
const EVERY_MS = 2000;

let isReachable = true;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function set(value: boolean): void {
  if (value === isReachable) return;
  isReachable = value;
  clearInterval(timer);
  if (!value) timer = setInterval(() => void probe(), EVERY_MS);
  listeners.forEach((listener) => listener());
}

async function probe(): Promise<void> {
  try {
    const answer = await fetch("/readyz", { cache: "no-store" });
    if (answer.ok) set(true);
  } catch {
    // still away
  }
}

export function reportReached(): void {
  set(true);
}

export function reportUnreachable(): void {
  set(false);
}

export function isServerReachable(): boolean {
  return isReachable;
}

export function onReach(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
