// An address that leads nowhere.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyState, EmptyStateActions, EmptyStateFooter } from "@patternfly/react-core";
import { usePageTitle } from "../parts/PageHead";

export function MissingPage() {
  const { t } = useTranslation();
  usePageTitle(t("problem.not_found"));
  return (
    <EmptyState titleText={t("problem.not_found")} headingLevel="h1">
      <EmptyStateFooter>
        <EmptyStateActions><Link to="/">{t("nav.home")}</Link></EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
