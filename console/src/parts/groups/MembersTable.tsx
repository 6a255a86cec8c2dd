// The computers of a group, page by page; of a static one with marks.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, EmptyState, EmptyStateBody, Flex, FlexItem } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { Computer } from "../../api/client";
import type { Group } from "../../api/groups";
import { computersQuery } from "../../api/queries";
import { formatNumber } from "../../lib/format";
import { nameOf } from "../../lib/name";
import { useOfficeNames } from "../../lib/offices";
import { Live, StateLabel } from "../Live";
import { Loading } from "../Loading";
import { ProblemState } from "../ProblemState";
import { Time } from "../Time";

const SIZE = 50;

interface Marks { marked: string[]; onMark: (ids: string[], isMarked: boolean) => void }

function Row({ computer, office, marks }: { computer: Computer; office: string; marks: Marks | null }) {
  const { t } = useTranslation();
  return (
    <Tr>
      {marks && (
        <Td modifier="fitContent">
          <Checkbox id={`mark-${computer.id}`} aria-label={t("groups.mark", { name: nameOf(computer) })}
            isChecked={marks.marked.includes(computer.id)}
            onChange={(_event, isMarked) => marks.onMark([computer.id], isMarked)} />
        </Td>
      )}
      <Td dataLabel={t("common.name")} modifier="breakWord"><Link to={`/computers/${computer.id}`}>{nameOf(computer)}</Link></Td>
      <Td dataLabel={t("computers.status")}><Live computer={computer} /></Td>
      <Td dataLabel={t("computers.office")}>{office}</Td>
      <Td dataLabel={t("computers.os")}>{[computer.os_name, computer.os_version].filter(Boolean).join(" ")}</Td>
      <Td dataLabel={t("computers.lastSeen")}><Time at={computer.last_seen_at} /></Td>
      <Td dataLabel={t("computers.state")}><StateLabel computer={computer} /></Td>
    </Tr>
  );
}

interface Asked { group: Group; marks: Marks | null }

export function MembersTable({ group, marks }: Asked) {
  const { t, i18n } = useTranslation();
  const [cursors, setCursors] = useState<string[]>([]);
  const cursor = cursors.at(-1);
  const { data, error, refetch } = useQuery(
    computersQuery({ limit: SIZE, sort: "name", group_id: group.id, ...(cursor && { cursor }) }));
  const names = useOfficeNames();
  const next = data?.next_cursor;
  if (error && !data) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (data.items.length === 0)
    return (
      <EmptyState titleText={t("groups.noMembers")} headingLevel="h2">
        <EmptyStateBody>{t(group.kind === "static" ? "groups.noMembersText" : "groups.noFitText")}</EmptyStateBody>
      </EmptyState>
    );
  const from = cursors.length * SIZE + 1;
  const ids = data.items.map((computer) => computer.id);
  return (
    <>
      <div className="w-scroll">
        <Table aria-label={t("groups.members")} variant="compact">
          <Thead>
            <Tr>
              {marks && (
                <Th modifier="fitContent">
                  <Checkbox id="mark-page" aria-label={t("groups.markAll")} isChecked={ids.every((id) => marks.marked.includes(id))}
                    onChange={(_event, isMarked) => marks.onMark(ids, isMarked)} />
                </Th>
              )}
              <Th className="w-name">{t("common.name")}</Th><Th>{t("computers.status")}</Th><Th modifier="nowrap">{t("computers.office")}</Th>
              <Th>{t("computers.os")}</Th><Th>{t("computers.lastSeen")}</Th><Th>{t("computers.state")}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {data.items.map((computer) => (
              <Row key={computer.id} computer={computer} office={names.get(computer.office_id) ?? ""} marks={marks} />
            ))}
          </Tbody>
        </Table>
      </div>
      {(cursors.length > 0 || next) && (
        <Flex alignItems={{ default: "alignItemsCenter" }}>
          <FlexItem>
            {t("computers.rangeOpen", {
              from: formatNumber(from, i18n.language), to: formatNumber(from + ids.length - 1, i18n.language),
            })}
          </FlexItem>
          <FlexItem>
            <Button variant="link" isDisabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
              {t("common.previous")}
            </Button>
            <Button variant="link" isDisabled={!next} onClick={() => next && setCursors([...cursors, next])}>{t("common.next")}</Button>
          </FlexItem>
        </Flex>
      )}
    </>
  );
}
