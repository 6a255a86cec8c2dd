// What others change reaches this page by itself: one WebSocket, over which the
// server names topics (docs/protocol/changes.md). What is shown of them is
// asked again. Without the socket pages ask by themselves (live.ts).
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { reportLive } from "./live";
import { isServerReachable, onReach } from "./reach";

// The beginnings of the names of queries, by topic.
const KEYS: Record<string, readonly QueryKey[]> = {
  computers: [["computers"], ["computer"], ["groups"]],
  presence: [["computers", "list"], ["computers", "one"], ["computers", "fleet"]],
  inventory: [["computers", "inventory"], ["inventory"]],
  software: [["software"]],
  enrolment: [["enrolment-tokens"], ["enrolment"]],
  offices: [["offices"], ["office"], ["computers", "list"]],
  groups: [["groups"], ["group"]],
  users: [["users"], ["user"], ["roles"], ["role"], ["sessions"], ["session"]],
  api_tokens: [["api-tokens"]],
  settings: [["settings"], ["status"]],
  security: [["settings", "security"], ["two-factor"], ["session"]],
  audit: [["audit"]],
  events: [["events"], ["computers", "event-history"]],
  alerts: [["alerts"]],
};
const SPREAD_MS = 700;
const WAIT_MIN_MS = 1000, WAIT_MAX_MS = 60_000;
export const SIGNED_OUT = 4401, RIGHTS = 4403;

// The topics of a note; what is none of ours is passed over.
export function topicsOf(text: unknown): string[] {
  try {
    const note: unknown = typeof text === "string" ? JSON.parse(text) : null;
    const changed = typeof note === "object" && note !== null ? (note as { changed?: unknown }).changed : null;
    return Array.isArray(changed) ? changed.filter((topic): topic is string => typeof topic === "string" && Object.hasOwn(KEYS, topic)) : [];
  } catch {
    return [];
  }
}

// How long before the next try: longer each time, never all pages at once.
export function waitMs(tries: number, random: number): number {
  const most = Math.min(WAIT_MIN_MS * 2 ** Math.min(tries, 10), WAIT_MAX_MS);
  return Math.round(most * (0.5 + random / 2));
}

function address(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/changes`;
}

// Asks again what is shown of the topics, a random moment later; in a tab that
// nobody looks at once somebody does.
class Asker {
  private readonly topics = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: QueryClient) {}

  add(topics: readonly string[]): void {
    for (const topic of topics) this.topics.add(topic);
    this.later();
  }

  readonly later = (): void => {
    if (this.topics.size === 0 || this.timer !== undefined || document.hidden) return;
    this.timer = setTimeout(() => this.ask(), Math.random() * SPREAD_MS);
  };

  stop(): void {
    clearTimeout(this.timer);
  }

  private ask(): void {
    const asked = new Set([...this.topics].flatMap((topic) => (KEYS[topic] ?? []).map((key) => JSON.stringify(key))));
    this.timer = undefined;
    this.topics.clear();
    for (const key of asked) void this.client.invalidateQueries({ queryKey: JSON.parse(key) as QueryKey });
  }
}

// From now on until the returned function is called. For who is signed in.
export function startChanges(client: QueryClient): () => void {
  const asker = new Asker(client);
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  let isOver = false;

  function connect(): void {
    timer = undefined;
    // A server that is away is found by reach.ts, which says when it is back.
    if (isOver || socket !== null || !isServerReachable()) return;
    const made = new WebSocket(address());
    let stood = false;
    socket = made;
    made.onopen = () => {
      stood = true;
      tries = 0;
      if (isOver) made.close();
      else reportLive(true);
    };
    made.onmessage = (event) => asker.add(topicsOf(event.data));
    made.onclose = (event) => {
      socket = null;
      if (!isOver) ended(event.code, stood);
    };
  }

  function ended(code: number, stood: boolean): void {
    reportLive(false);
    // Why it was refused, or ended for this user, is for the session to say.
    if (!stood || code === SIGNED_OUT || code === RIGHTS) void client.invalidateQueries({ queryKey: ["session"] });
    // What happened meanwhile nobody tells: and pages ask by themselves again.
    if (stood) asker.add(Object.keys(KEYS));
    timer = setTimeout(connect, waitMs(tries++, Math.random()));
  }

  function isBack(): void {
    if (!isServerReachable() || socket !== null) return;
    clearTimeout(timer);
    timer = setTimeout(connect, waitMs(0, Math.random()));
  }

  const forget = onReach(isBack);
  document.addEventListener("visibilitychange", asker.later);
  connect();
  return () => {
    isOver = true;
    forget();
    clearTimeout(timer);
    asker.stop();
    document.removeEventListener("visibilitychange", asker.later);
    reportLive(false);
    // One that is still being made is closed once it stands.
    if (socket?.readyState === WebSocket.OPEN) socket.close();
  };
}
