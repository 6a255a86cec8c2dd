// Notes become questions asked again; a lost socket comes back, and not all at
// once.
import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RIGHTS, SIGNED_OUT, startChanges, topicsOf, waitMs } from "./changes";
import { every, isTold } from "./live";

class Socket {
  static all: Socket[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly url: string) {
    Socket.all.push(this);
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  tell(data: unknown) {
    this.onmessage?.({ data });
  }
  close(code = 1000) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

let client: QueryClient, asked: string[], stop: () => void;
const latest = () => Socket.all.at(-1) as Socket;

beforeEach(() => {
  vi.useFakeTimers();
  Socket.all = [];
  asked = [];
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("location", { protocol: "https:", host: "server.example:8383" });
  vi.stubGlobal("document", { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined });
  client = new QueryClient();
  vi.spyOn(client, "invalidateQueries").mockImplementation((filters) => {
    asked.push((filters?.queryKey ?? []).join("/"));
    return Promise.resolve();
  });
  stop = startChanges(client);
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a note", () => {
  it("names topics; what is none of ours is passed over", () => {
    expect(topicsOf('{"changed":["computers","from-tomorrow",5]}')).toEqual(["computers"]);
    for (const wrong of ["", "{", "null", "[]", '{"changed":"computers"}', '{"changed":["__proto__","toString"]}', new Uint8Array(3)])
      expect(topicsOf(wrong)).toEqual([]);
  });

  it("has what is shown of its topics asked again, soon and once", async () => {
    latest().open();
    latest().tell('{"changed":["alerts","audit"]}');
    latest().tell('{"changed":["alerts"]}');
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toEqual(["alerts", "audit"]);
  });
});

describe("the socket", () => {
  it("is this server's, encrypted where the page is", () => {
    expect(latest().url).toBe("wss://server.example:8383/api/v1/changes");
  });

  it("spares the asking while it stands", () => {
    const often = every(5000);
    expect(often()).toBe(5000);
    latest().open();
    expect([isTold(), often()]).toEqual([true, 60_000]);
    latest().close(1012);
    expect([isTold(), often()]).toEqual([false, 5000]);
  });

  it("comes back after a restart, and all is asked again", async () => {
    latest().open();
    latest().close(1012);
    await vi.advanceTimersByTimeAsync(1000);
    expect(Socket.all.length).toBe(2);
    expect(asked).toContain("computers");
    expect(asked).not.toContain("");
  });

  it("leaves it to the session to say why it was ended or refused", () => {
    latest().open();
    latest().close(SIGNED_OUT);
    expect(asked).toEqual(["session"]);
    latest().close(RIGHTS);
  });

  it("waits longer each time, and never exactly as long as others", () => {
    expect([waitMs(0, 0), waitMs(0, 1)]).toEqual([500, 1000]);
    expect([waitMs(4, 0), waitMs(4, 1)]).toEqual([8000, 16_000]);
    expect(waitMs(1000, 1)).toBe(60_000);
  });

  it("is not opened again after the end", async () => {
    stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(Socket.all.length).toBe(1);
  });
});
