// One group: what it is for, which criteria it follows, which computers it has.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import {
  Breadcrumb, BreadcrumbItem, Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Flex, FlexItem,
  List, ListItem, PageSection, Title,
} from "@patternfly/react-core";
import { Problem } from "../api/client";
import { groupQuery } from "../api/groups";
import type { Group } from "../api/groups";
import { formatNumber } from "../lib/format";
import { useReach } from "../lib/may";
import { useOfficeNames } from "../lib/offices";
import { Facts } from "../parts/Facts";
import { DeleteDialog } from "../parts/groups/DeleteDialog";
import { GroupEdit } from "../parts/groups/GroupDialog";
import { useMayChangeGroups } from "../parts/groups/may";
import { AddDialog, RemoveDialog } from "../parts/groups/MembersDialogs";
import { MembersTable } from "../parts/groups/MembersTable";
import { useCriteriaWords } from "../parts/groups/words";
import { Loading } from "../parts/Loading";
import { PageHead, usePageTitle } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { Time } from "../parts/Time";
import { TokenList } from "../parts/tokens/TokenList";
import { PlaceUsers } from "../parts/users/PlaceUsers";

type Open = "edit" | "delete" | "add" | "remove" | null;

function Missing() {
  const { t } = useTranslation();
  usePageTitle(t("groups.missing"));
  return (
    <EmptyState titleText={t("groups.missing")} headingLevel="h1">
      <EmptyStateBody>{t("groups.missingText")}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions><Link to="/groups">{t("groups.toList")}</Link></EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}

function Conditions({ group }: { group: Group }) {
  const { t } = useTranslation();
  const words = useCriteriaWords();
  const names = useOfficeNames();
  if (!group.criteria) return null;
  return (
    <>
      {t(group.criteria.match === "all" ? "groups.matchAll" : "groups.matchAny")}
      <List>{group.criteria.conditions.map((one, index) => <ListItem key={index}>{words.sentence(one, names)}</ListItem>)}</List>
    </>
  );
}

function Head({ group, onOpen }: { group: Group; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const { mayWrite, mayDelete } = useMayChangeGroups();
  return (
    <PageHead title={group.name} above={
      <Breadcrumb aria-label={t("common.path")} className="w-path">
        <BreadcrumbItem><Link to="/groups">{t("groups.title")}</Link></BreadcrumbItem>
        <BreadcrumbItem isActive className="w-break">{group.name}</BreadcrumbItem>
      </Breadcrumb>
    }>
      <Flex>
        {mayWrite && group.kind === "static" && <FlexItem><Button onClick={() => onOpen("add")}>{t("groups.add")}</Button></FlexItem>}
        {mayWrite && <FlexItem><Button variant="secondary" onClick={() => onOpen("edit")}>{t("groups.edit")}</Button></FlexItem>}
        {mayDelete && (
          <FlexItem>
            <Button variant="secondary" isDanger isDisabled={group.is_scope} onClick={() => onOpen("delete")}>{t("groups.delete")}</Button>
          </FlexItem>
        )}
      </Flex>
    </PageHead>
  );
}

function Members({ group, marked, onMark, onRemove }: {
  group: Group; marked: string[]; onMark: (marked: string[]) => void; onRemove: () => void;
}) {
  const { t } = useTranslation();
  const { mayWrite } = useMayChangeGroups();
  const mark = (ids: string[], isMarked: boolean) =>
    onMark([...marked.filter((id) => !ids.includes(id)), ...(isMarked ? ids : [])]);
  return (
    <>
      {marked.length > 0 && (
        <Button variant="secondary" isDanger onClick={onRemove}>{t("groups.removeMarked", { count: marked.length })}</Button>
      )}
      <MembersTable group={group} marks={mayWrite && group.kind === "static" ? { marked, onMark: mark } : null} />
    </>
  );
}

export function GroupPage() {
  const { t, i18n } = useTranslation();
  const may = useReach();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const { data: group, error, refetch } = useQuery(groupQuery(id));
  const [open, setOpen] = useState<Open>(null);
  const [marked, setMarked] = useState<string[]>([]);
  const close = () => setOpen(null);
  const count = formatNumber(group?.computer_count ?? 0, i18n.language);
  function taken() {
    setMarked([]);
    close();
  }
  if (error instanceof Problem && (error.status === 404 || error.status === 400)) return <Missing />;
  if (error && !group) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!group) return <Loading />;
  return (
    <>
      <Head group={group} onOpen={setOpen} />
      <PageSection>
        <Facts rows={[
          [t("groups.description"), group.description],
          [t("groups.kind"), t(`groups.kinds.${group.kind}`)],
          [t("groups.criteria"), group.criteria && <Conditions key="" group={group} />],
          [t("groups.computers"), may("computers", "read")
            ? <Link key="" to={`/computers?group=${group.id}`}>{t("groups.toComputers", { count: group.computer_count ?? 0, number: count })}</Link>
            : count],
          [t("groups.scope"), group.is_scope ? t("groups.scopeText") : null],
          [t("groups.created"), <Time key="" at={group.created_at} isExact />],
          [t("groups.history"), may("audit", "read") ? <Link key="" to={`/audit?target=${group.id}`}>{t("users.toAudit")}</Link> : null],
        ]} />
      </PageSection>
      {group.is_scope && may("users", "read") && (
        <PageSection>
          <Title headingLevel="h2">{t("groups.users")}</Title>
          <PlaceUsers id={group.id} label={t("groups.users")} none={t("groups.noUsers")} />
        </PageSection>
      )}
      {group.is_scope && may("api_tokens", "read") && (
        <PageSection>
          <Title headingLevel="h2">{t("groups.tokens")}</Title>
          <TokenList of={{ kind: "place", id: group.id }} none={t("groups.noTokens")} />
        </PageSection>
      )}
      <PageSection>
        <Members group={group} marked={marked} onMark={setMarked} onRemove={() => setOpen("remove")} />
      </PageSection>
      {open === "edit" && <GroupEdit group={group} onClose={close} onDone={close} />}
      {open === "delete" && <DeleteDialog group={group} onClose={close} onDone={() => void navigate("/groups")} />}
      {open === "add" && <AddDialog group={group} onClose={close} />}
      {open === "remove" && <RemoveDialog group={group} ids={marked} onClose={close} onDone={taken} />}
    </>
  );
}
