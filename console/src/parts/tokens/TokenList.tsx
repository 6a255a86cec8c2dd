// A list of API tokens in parts: one's own, everybody's, or one user's.
import { EmptyState, EmptyStateBody } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { allTokensQuery, ownTokensQuery } from "../../api/people";
import { usePages } from "../../lib/pages";
import { Loading } from "../Loading";
import { Pager } from "../Pager";
import { ProblemState } from "../ProblemState";
import { TokenTable } from "./TokenTable";

const LIMIT = 50;

export type Of = { kind: "own" } | { kind: "all" } | { kind: "user"; id: string };

export function TokenList({ of }: { of: Of }) {
  const { t } = useTranslation();
  const pages = usePages();
  const asked = { limit: LIMIT, ...pages.part };
  const own = useQuery({ ...ownTokensQuery(asked), enabled: of.kind === "own" });
  const all = useQuery({
    ...allTokensQuery({ ...asked, ...(of.kind === "user" && { user_id: of.id }) }), enabled: of.kind !== "own",
  });
  const { data, error, isPlaceholderData, refetch } = of.kind === "own" ? own : all;
  const label = t(of.kind === "own" ? "apiTokens.own" : of.kind === "all" ? "apiTokens.all" : "apiTokens.title");
  if (error && !data) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (data.items.length === 0 && pages.number === 1)
    return (
      <EmptyState titleText={t("apiTokens.empty")} headingLevel="h3">
        {of.kind === "own" && <EmptyStateBody>{t("apiTokens.emptyText")}</EmptyStateBody>}
      </EmptyState>
    );
  return (
    <>
      <TokenTable label={label} tokens={data.items} isOwn={of.kind === "own"} hasUser={of.kind === "all"} />
      <Pager label={label} pages={pages} limit={LIMIT} count={data.items.length} next={data.next_cursor}
        isDisabled={isPlaceholderData} />
    </>
  );
}
