// Who may sign in, and as what.
import { useCallback, useState } from "react";
import {
  Button, EmptyState, EmptyStateBody, PageSection, Toolbar, ToolbarContent, ToolbarItem,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { usersQuery } from "../api/people";
import { readId, readText, readUserSort } from "../lib/asked";
import { useMay } from "../lib/may";
import { usePages } from "../lib/pages";
import { useRoles } from "../lib/roles";
import { Choice } from "../parts/Choice";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { Pager } from "../parts/Pager";
import { ProblemState } from "../parts/ProblemState";
import { SearchText } from "../parts/SearchText";
import { useRoleName } from "../parts/useRoleName";
import { UserCreate } from "../parts/users/UserCreate";
import { UserTable } from "../parts/users/UserTable";

const LIMIT = 100;

export function UsersPage() {
  const { t } = useTranslation();
  const roleName = useRoleName();
  const roles = useRoles();
  const mayCreate = useMay("users", "write");
  const pages = usePages();
  const [address, setAddress] = useSearchParams();
  const [isCreating, setCreating] = useState(false);
  const search = readText(address, "search");
  const role = readId(address, "role");
  const sort = readUserSort(address);
  const { begin } = pages;
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
  const { data, error, isPlaceholderData, refetch } = useQuery(usersQuery({
    limit: LIMIT, sort, ...pages.part, ...(search && { search }), ...(role && { role_id: role }),
  }));
  return (
    <>
      <PageHead title={t("users.title")}>
        {mayCreate && <Button onClick={() => setCreating(true)}>{t("users.create")}</Button>}
      </PageHead>
      <PageSection>
        <Toolbar>
          <ToolbarContent>
            <ToolbarItem>
              <SearchText label={t("users.search")} value={search} onChange={(value) => set("search", value)} />
            </ToolbarItem>
            <ToolbarItem>
              <Choice label={t("users.role")} value={role} onChange={(value) => set("role", value)}
                options={[{ value: "", text: t("users.anyRole") },
                  ...roles.map((one) => ({ value: one.id, text: roleName(one) }))]} />
            </ToolbarItem>
          </ToolbarContent>
        </Toolbar>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && data.items.length > 0 && (
          <UserTable label={t("users.table")} users={data.items} sort={sort} onSort={(next) => set("sort", next === "name" ? "" : next)} />
        )}
        {data && data.items.length === 0 && (
          <EmptyState titleText={t("users.empty")} headingLevel="h2">
            <EmptyStateBody>{t("computers.emptyText")}</EmptyStateBody>
          </EmptyState>
        )}
        {data && (
          <Pager label={t("users.table")} pages={pages} limit={LIMIT} count={data.items.length} next={data.next_cursor}
            isDisabled={isPlaceholderData} />
        )}
      </PageSection>
      {isCreating && <UserCreate onClose={() => setCreating(false)} />}
    </>
  );
}
