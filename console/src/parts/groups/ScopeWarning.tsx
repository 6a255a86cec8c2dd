// Whoever is limited to the group sees more, or less, from then on.
import { Alert } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Group } from "../../api/groups";

export function ScopeWarning({ group }: { group: Group }) {
  const { t } = useTranslation();
  return group.is_scope ? <Alert variant="warning" isInline title={t("groups.scopeWarning")} component="p" /> : null;
}
