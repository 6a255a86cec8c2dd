// What happened to a computer, newest first.
import { useTranslation } from "react-i18next";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { eventHistoryQuery } from "../api/computers";
import en from "../i18n/en.json";
import { History } from "./History";
import { Time } from "./Time";

type EventKind = keyof typeof en.event;

function useEventName() {
  const { t } = useTranslation();
  return (kind: string) => (Object.hasOwn(en.event, kind) ? t(`event.${kind as EventKind}`) : kind);
}

function detailOf(detail: Record<string, unknown> | null): string {
  return Object.entries(detail ?? {}).map(([name, value]) =>
    `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");
}

export function EventsTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const nameOf = useEventName();
  const query = useInfiniteQuery(eventHistoryQuery(id));
  return (
    <History query={query} empty={t("history.noEvent")} emptyText={t("history.noEventText")}>
      {(items) => (
        <Table aria-label={t("computer.events")} variant="compact">
          <Thead>
            <Tr>
              <Th>{t("computer.when")}</Th><Th>{t("computer.what")}</Th><Th>{t("history.by")}</Th>
              <Th>{t("computers.address")}</Th><Th>{t("computer.detail")}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {items.map((event) => (
              <Tr key={event.id}>
                <Td dataLabel={t("computer.when")}><Time at={event.at} isExact /></Td>
                <Td dataLabel={t("computer.what")} modifier="breakWord">{nameOf(event.kind)}</Td>
                <Td dataLabel={t("history.by")} modifier="breakWord">{event.actor}</Td>
                <Td dataLabel={t("computers.address")}>{event.address}</Td>
                <Td dataLabel={t("computer.detail")} modifier="breakWord">{detailOf(event.detail)}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </History>
  );
}
