// What was before and after, member by member; what changed is marked by word
// and weight.
import { Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useTranslation } from "react-i18next";
import type { AuditRow } from "../../api/audit";
import { useMemberName } from "../../i18n/member";
import { differencesOf } from "../../lib/difference";

export function DifferenceTable({ row }: { row: AuditRow }) {
  const { t } = useTranslation();
  const memberName = useMemberName();
  const rows = differencesOf(row.before, row.after);
  if (rows.length === 0) return <>{t("audit.noValues")}</>;
  return (
    <Table aria-label={t("audit.values")} variant="compact">
      <Thead>
        <Tr>
          <Th>{t("audit.member")}</Th>{row.before && <Th>{t("audit.before")}</Th>}
          {row.after && <Th>{t("audit.after")}</Th>}
        </Tr>
      </Thead>
      <Tbody>
        {rows.map(({ path, before, after, isChanged }) => (
          <Tr key={path}>
            <Td dataLabel={t("audit.member")} modifier="breakWord">{memberName(path)}</Td>
            {row.before && <Td dataLabel={t("audit.before")} modifier="breakWord" className="w-mono">{before ?? "–"}</Td>}
            {row.after && (
              <Td dataLabel={t("audit.after")} modifier="breakWord" className="w-mono">
                {isChanged ? <strong>{after ?? "–"}</strong> : (after ?? "–")}
                {isChanged && <> <Label isCompact color="blue">{t("audit.isChanged")}</Label></>}
              </Td>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
