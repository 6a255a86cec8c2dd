// The places that somebody is limited to, in words.
import { Label, LabelGroup } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Scope as Places } from "../api/people";
import { useGroupNames } from "../lib/groups";
import { useOfficeNames } from "../lib/offices";

export function Scope({ scope }: { scope: Places | null }) {
  const { t } = useTranslation();
  const offices = useOfficeNames();
  const groups = useGroupNames();
  if (scope === null) return <>{t("scope.all")}</>;
  return (
    <LabelGroup numLabels={3} aria-label={t("scope.label")} expandedText={t("scope.less")}
      collapsedText={t("scope.more", { count: scope.length - 3 })}>
      {scope.map(({ id }) => <Label key={id} isCompact color="blue">{offices.get(id) ?? groups.get(id) ?? t("scope.gone")}</Label>)}
    </LabelGroup>
  );
}
