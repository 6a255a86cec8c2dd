// The server has no agent to hand out: what is missing, in the server's own
// words, for they name the place.
import { useTranslation } from "react-i18next";
import { Alert, Content } from "@patternfly/react-core";
import { Problem } from "../../api/client";
import { useProblemText } from "../../i18n/problem";

export function Unavailable({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const text = useProblemText();
  return (
    <Alert variant="warning" isInline title={t("enrolment.noInstaller")} component="p">
      <Content component="p">{text(error)}</Content>
      {error instanceof Problem && error.code === "installer_unavailable" && error.detail
        && <Content component="small" lang="en" className="w-break">{error.detail}</Content>}
    </Alert>
  );
}
