// In the place of what could not be loaded: why, and a way to try again.
import { Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from "@patternfly/react-core";
import { ExclamationCircleIcon } from "@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon";
import { useTranslation } from "react-i18next";
import { useProblemText } from "../i18n/problem";

export function ProblemState({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  return (
    <EmptyState titleText={t("common.failed")} headingLevel="h2" icon={ExclamationCircleIcon} status="danger">
      <EmptyStateBody>{text(error)}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions><Button onClick={onRetry}>{t("common.retry")}</Button></EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
