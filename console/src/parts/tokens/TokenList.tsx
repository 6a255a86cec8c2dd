// A list of API tokens in parts: one's own, everybody's, one user's, or those
// that are limited to a place.
import { useCallback } from "react";
import { Content, EmptyState, EmptyStateBody, Toolbar, ToolbarContent, ToolbarItem } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { allTokensQuery, ownTokensQuery } from "../../api/people";
import { usePages } from "../../lib/pages";
import { Loading } from "../Loading";
import { Pager } from "../Pager";
import { ProblemState } from "../ProblemState";
import { SearchText } from "../SearchText";
import { TokenTable } from "./TokenTable";

const LIMIT = 50;

export type Of = { kind: "own" } | { kind: "all" } | { kind: "user"; id: string } | { kind: "place"; id: string };

function Nothing({ isOwn, isSearch }: { isOwn: boolean; isSearch: boolean }) {
  const { t } = useTranslation();
  const text = isSearch ? t("apiTokens.noMatchText") : isOwn ? t("apiTokens.emptyText") : "";
  return (
    <EmptyState titleText={t(isSearch ? "apiTokens.noMatch" : "apiTokens.empty")} headingLevel="h3">
      {text && <EmptyStateBody>{text}</EmptyStateBody>}
    </EmptyState>
  );
}

interface Asked {
  of: Of;
  search?: string;
  // Looks for a part of the name.
  onSearch?: (text: string) => void;
  // What is said where there is none, in the place of an empty page.
  none?: string;
}

export function TokenList({ of, search = "", onSearch, none }: Asked) {
  const { t } = useTranslation();
  const pages = usePages();
  const { begin } = pages;
  const find = useCallback((text: string) => {
    begin();
    onSearch?.(text);
  }, [begin, onSearch]);
  const asked = { limit: LIMIT, ...pages.part, ...(search && { search }) };
  const own = useQuery({ ...ownTokensQuery(asked), enabled: of.kind === "own" });
  const all = useQuery({
    ...allTokensQuery({ ...asked, ...(of.kind === "user" && { user_id: of.id }), ...(of.kind === "place" && { place_id: of.id }) }),
    enabled: of.kind !== "own",
  });
  const { data, error, isPlaceholderData, refetch } = of.kind === "own" ? own : all;
  const label = t(of.kind === "own" ? "apiTokens.own" : of.kind === "all" ? "apiTokens.all" : "apiTokens.title");
  return (
    <>
      {onSearch && (
        <Toolbar>
          <ToolbarContent>
            <ToolbarItem><SearchText label={t("apiTokens.search")} value={search} onChange={find} /></ToolbarItem>
          </ToolbarContent>
        </Toolbar>
      )}
      {!data && !error && <Loading />}
      {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
      {data && data.items.length === 0 && pages.number === 1
        && (none ? <Content component="p">{none}</Content> : <Nothing isOwn={of.kind === "own"} isSearch={search !== ""} />)}
      {data && (data.items.length > 0 || pages.number > 1) && (
        <>
          <TokenTable label={label} tokens={data.items} isOwn={of.kind === "own"} hasUser={of.kind === "all" || of.kind === "place"} />
          <Pager label={label} pages={pages} limit={LIMIT} count={data.items.length} next={data.next_cursor}
            isDisabled={isPlaceholderData} />
        </>
      )}
    </>
  );
}
