// How it went, and the reason where it did not.
import { Label } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { AuditRow } from "../../api/audit";
import { useAuditWord } from "../../i18n/audit";

const STATUS = { done: "success", refused: "warning", failed: "danger" } as const;

export function Outcome({ row }: { row: AuditRow }) {
  const { t } = useTranslation();
  const word = useAuditWord();
  return (
    <>
      <Label isCompact status={STATUS[row.outcome]}>{word("outcome", row.outcome)}</Label>
      {row.occurrences > 1 && <> {t("audit.times", { count: row.occurrences })}</>}
    </>
  );
}
