// The next part arrives whatever is loaded again meanwhile.
import { describe, expect, it } from "vitest";
import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { fetchNextPart } from "./nextPart";

async function listOf(count: number) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const observer = new InfiniteQueryObserver(client, {
    queryKey: ["long"],
    initialPageParam: 0,
    queryFn: async ({ pageParam }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return pageParam;
    },
    getNextPageParam: (last) => (last + 1 < count ? last + 1 : null),
  });
  observer.subscribe(() => {});
  await observer.refetch();
  return {
    client,
    more: () => fetchNextPart(observer.getCurrentResult()),
    pages: () => observer.getCurrentResult().data?.pages,
  };
}

describe("the next part", () => {
  it("is put behind those before, until there is none", async () => {
    const list = await listOf(2);
    expect(list.pages()).toEqual([0]);
    await list.more();
    expect(list.pages()).toEqual([0, 1]);
    await list.more();
    expect(list.pages()).toEqual([0, 1]);
  });

  it("comes though the list is loaded again while it is on its way", async () => {
    const list = await listOf(3);
    const more = list.more();
    const again = list.client.invalidateQueries({ queryKey: ["long"] });
    await Promise.all([more, again]);
    expect(list.pages()).toEqual([0, 1]);
  });

  it("comes though it is asked for while the list is loaded again", async () => {
    const list = await listOf(3);
    const again = list.client.invalidateQueries({ queryKey: ["long"] });
    await Promise.all([again, list.more()]);
    expect(list.pages()).toEqual([0, 1]);
  });
});
