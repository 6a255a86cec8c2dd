// The next part of a long list. A live change that loads the list again while
// the part is on its way gives the part up: it is asked for until it is there.
interface Parts {
  data?: { pages: unknown[] } | undefined;
  hasNextPage: boolean;
  isError: boolean;
}

export interface LongList extends Parts {
  // Without cancelling what loads already: that is newer than what is shown.
  fetchNextPage: (options: { cancelRefetch: boolean }) => Promise<Parts>;
}

const TRIES = 10;

export async function fetchNextPart(list: LongList): Promise<void> {
  const before = list.data?.pages.length ?? 0;
  for (let tries = 0; tries < TRIES; tries++) {
    const now = await list.fetchNextPage({ cancelRefetch: false });
    if (now.isError || !now.hasNextPage || (now.data?.pages.length ?? 0) > before) return;
  }
}
