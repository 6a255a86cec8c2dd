// The own password, changed by choice.
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Card, CardBody, Content, PageSection } from "@patternfly/react-core";
import { PageHead } from "../parts/PageHead";
import { PasswordForm } from "../parts/PasswordForm";

export function PasswordPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <>
      <PageHead title={t("password.title")} />
      <PageSection>
        <Card style={{ maxInlineSize: "36rem" }}>
          <CardBody>
            <Content component="p">{t("password.others")}</Content>
            <PasswordForm onDone={() => void navigate("/")} />
          </CardBody>
        </Card>
      </PageSection>
    </>
  );
}
