// The list of the audit log with its filters; the address holds what is asked.
import { useCallback } from "react";
import { EmptyState, EmptyStateBody } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { auditQuery } from "../../api/audit";
import { readFilter } from "../../lib/auditAsked";
import { usePages } from "../../lib/pages";
import { Loading } from "../Loading";
import { Pager } from "../Pager";
import { ProblemState } from "../ProblemState";
import { AuditFilters } from "./AuditFilters";
import { AuditTable } from "./AuditTable";

const LIMIT = 50;

export function AuditLog() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const pages = usePages();
  const { begin } = pages;
  const filter = readFilter(address);
  const set = useCallback((name: string, value: string) => {
    begin();
    setAddress(() => {
      // As it is by now: this may have been rendered before the last change.
      const next = new URLSearchParams(globalThis.location.search);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    }, { replace: true });
  }, [begin, setAddress]);
  function clear() {
    begin();
    setAddress({}, { replace: true });
  }
  const { data, error, isPlaceholderData, refetch } = useQuery(auditQuery({ ...filter, limit: LIMIT, ...pages.part }));
  return (
    <>
      <AuditFilters address={address} set={set} clear={clear} isFiltered={Object.keys(filter).length > 0} />
      {!data && !error && <Loading />}
      {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
      {data && data.items.length > 0 && <AuditTable rows={data.items} />}
      {data && data.items.length === 0 && (
        <EmptyState titleText={t("audit.empty")} headingLevel="h2">
          <EmptyStateBody>{t("computers.emptyText")}</EmptyStateBody>
        </EmptyState>
      )}
      {data && (
        <Pager label={t("audit.table")} pages={pages} limit={LIMIT} count={data.items.length} next={data.next_cursor}
          isDisabled={isPlaceholderData} />
      )}
    </>
  );
}
