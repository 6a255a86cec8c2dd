// Rows of the audit log, newest first.
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { AuditRow } from "../../api/audit";
import { useAuditWord } from "../../i18n/audit";
import { formatTime } from "../../lib/format";
import { Time } from "../Time";
import { AuditName } from "./AuditName";
import { Outcome } from "./Outcome";

// An IPv4 address stays on one line.
const V4_MAX = 15;

export function AuditTable({ rows }: { rows: readonly AuditRow[] }) {
  const { t, i18n } = useTranslation();
  const nameOf = (row: AuditRow) => t("audit.showRow", { at: formatTime(row.at, i18n.language), row: row.row });
  const word = useAuditWord();
  return (
    <Table aria-label={t("audit.table")} variant="compact">
      <Thead>
        <Tr>
          <Th>{t("audit.when")}</Th><Th>{t("audit.who")}</Th><Th>{t("audit.what")}</Th><Th>{t("audit.target")}</Th>
          <Th>{t("audit.outcome")}</Th><Th>{t("audit.address")}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={row.row}>
            <Td dataLabel={t("audit.when")} modifier="nowrap">
              <Link to={`/audit/rows/${row.row}`} aria-label={nameOf(row)}>
                <Time at={row.at} isExact />
              </Link>
            </Td>
            <Td dataLabel={t("audit.who")} modifier="breakWord"><AuditName name={row.actor} as="actor" /></Td>
            <Td dataLabel={t("audit.what")} modifier="breakWord">{word("action", row.action)}</Td>
            <Td dataLabel={t("audit.target")} modifier="breakWord"><AuditName name={row.target} as="target" /></Td>
            <Td dataLabel={t("audit.outcome")}><Outcome row={row} /></Td>
            <Td dataLabel={t("audit.address")} modifier={(row.address?.length ?? 0) > V4_MAX ? "breakWord" : "nowrap"}>
              {row.address}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
