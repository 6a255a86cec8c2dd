// A long list whose further pages are put behind the first ones.
import type { ReactNode } from "react";
import { Button, EmptyState, EmptyStateBody } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { fetchNextPart, type LongList } from "../lib/nextPart";
import { Loading } from "./Loading";
import { ProblemState } from "./ProblemState";

interface Pages<Item> { pages: { items: Item[] }[] }

interface Asked<Item> {
  query: Omit<LongList, "data"> & {
    data: Pages<Item> | undefined;
    error: Error | null;
    isFetchingNextPage: boolean;
    refetch: () => unknown;
  };
  empty: string;
  emptyText: string;
  children: (items: Item[]) => ReactNode;
}

export function History<Item>({ query, empty, emptyText, children }: Asked<Item>) {
  const { t } = useTranslation();
  const { data, error, hasNextPage, isFetchingNextPage } = query;
  if (error && !data) return <ProblemState error={error} onRetry={() => void query.refetch()} />;
  if (!data) return <Loading />;
  const items = data.pages.flatMap((page) => page.items);
  if (items.length === 0) {
    return (
      <EmptyState titleText={empty} headingLevel="h2">
        <EmptyStateBody>{emptyText}</EmptyStateBody>
      </EmptyState>
    );
  }
  return (
    <>
      <div className="w-scroll">{children(items)}</div>
      {hasNextPage && (
        <Button variant="secondary" className="w-more" isLoading={isFetchingNextPage} isDisabled={isFetchingNextPage}
          onClick={() => void fetchNextPart(query)}>{t("history.more")}</Button>
      )}
    </>
  );
}
