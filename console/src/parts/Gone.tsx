// In the place of one thing that is not there, or no longer.
import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePageTitle } from "./PageHead";

export function Gone({ title, to, back }: { title: string; to: string; back: string }) {
  const { t } = useTranslation();
  usePageTitle(title);
  return (
    <EmptyState titleText={title} headingLevel="h1">
      <EmptyStateBody>{t("computer.missingText")}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions><Link to={to}>{back}</Link></EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
