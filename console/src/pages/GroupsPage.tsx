// Groups of computers: what there are, of which kind, with how many computers.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import {
  Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Label, PageSection,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { groupQuery, groupsQuery } from "../api/groups";
import type { Group } from "../api/groups";
import { formatNumber } from "../lib/format";
import { fetchNextPart } from "../lib/nextPart";
import { DeleteDialog } from "../parts/groups/DeleteDialog";
import { GroupCreate, GroupEdit } from "../parts/groups/GroupDialog";
import { useMayChangeGroups } from "../parts/groups/may";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { RowActions } from "../parts/RowActions";

type Open = { kind: "create" } | { kind: "edit" | "delete"; group: Group } | null;

// A list counts no group by criteria: each row asks for its own.
function Count({ group }: { group: Group }) {
  const { i18n } = useTranslation();
  const { data } = useQuery({ ...groupQuery(group.id), enabled: group.computer_count === null });
  const count = group.computer_count ?? data?.computer_count;
  return <Link to={`/computers?group=${group.id}`}>{typeof count === "number" ? formatNumber(count, i18n.language) : "…"}</Link>;
}

function Row({ group, onOpen }: { group: Group; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const { mayWrite, mayDelete } = useMayChangeGroups();
  const actions = [
    ...(mayWrite ? [{ title: t("groups.edit"), onClick: () => onOpen({ kind: "edit", group }) }] : []),
    ...(mayDelete ? [{ title: t("groups.delete"), isDisabled: group.is_scope, onClick: () => onOpen({ kind: "delete", group }) }] : []),
  ];
  return (
    <Tr>
      <Td dataLabel={t("common.name")} modifier="breakWord">
        <Link to={`/groups/${group.id}`}>{group.name}</Link> {group.is_scope && <Label isCompact>{t("groups.scope")}</Label>}
      </Td>
      <Td dataLabel={t("groups.kind")}>{t(`groups.kinds.${group.kind}`)}</Td>
      <Td dataLabel={t("groups.computers")}><Count group={group} /></Td>
      <Td dataLabel={t("groups.description")} modifier="breakWord">{group.description}</Td>
      <Td isActionCell>{actions.length > 0 && <RowActions of={group.name} actions={actions} />}</Td>
    </Tr>
  );
}

function Nothing({ onCreate }: { onCreate: (() => void) | null }) {
  const { t } = useTranslation();
  return (
    <EmptyState titleText={t("groups.empty")} headingLevel="h2">
      <EmptyStateBody>{t("groups.emptyText")}</EmptyStateBody>
      {onCreate && (
        <EmptyStateFooter>
          <EmptyStateActions><Button onClick={onCreate}>{t("groups.create")}</Button></EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}

export function GroupsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { mayWrite } = useMayChangeGroups();
  const list = useInfiniteQuery(groupsQuery);
  const { data, error, refetch, hasNextPage, isFetchingNextPage } = list;
  const [open, setOpen] = useState<Open>(null);
  const groups = data?.pages.flatMap((page) => page.items) ?? [];
  const create = () => setOpen({ kind: "create" });
  return (
    <>
      <PageHead title={t("groups.title")}>
        {mayWrite && groups.length > 0 && <Button onClick={create}>{t("groups.create")}</Button>}
      </PageHead>
      <PageSection>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && groups.length === 0 && <Nothing onCreate={mayWrite ? create : null} />}
        {groups.length > 0 && (
          <Table aria-label={t("groups.table")} variant="compact">
            <Thead>
              <Tr>
                <Th>{t("common.name")}</Th><Th>{t("groups.kind")}</Th><Th>{t("groups.computers")}</Th><Th>{t("groups.description")}</Th>
                <Th screenReaderText={t("common.actions")} />
              </Tr>
            </Thead>
            <Tbody>{groups.map((group) => <Row key={group.id} group={group} onOpen={setOpen} />)}</Tbody>
          </Table>
        )}
        {hasNextPage && (
          <Button variant="link" isLoading={isFetchingNextPage} onClick={() => void fetchNextPart(list)}>{t("groups.more")}</Button>
        )}
      </PageSection>
      {open?.kind === "create" && (
        <GroupCreate onClose={() => setOpen(null)} onDone={(group) => void navigate(`/groups/${group.id}`)} />
      )}
      {open?.kind === "edit" && <GroupEdit group={open.group} onClose={() => setOpen(null)} onDone={() => setOpen(null)} />}
      {open?.kind === "delete" && <DeleteDialog group={open.group} onClose={() => setOpen(null)} onDone={() => setOpen(null)} />}
    </>
  );
}
