// The own account: who one is here, the own password, the own sessions.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { Card, CardBody, CardTitle, Content, PageSection, Stack, StackItem } from "@patternfly/react-core";
import { sessionQuery } from "../api/queries";
import { Facts } from "../parts/Facts";
import { PageHead } from "../parts/PageHead";
import { PasswordForm } from "../parts/PasswordForm";
import { Sessions } from "../parts/Sessions";
import { Time } from "../parts/Time";
import { useRoleName } from "../parts/useRoleName";

function WhoCard() {
  const { t } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const roleName = useRoleName();
  if (!data) return null;
  return (
    <Card>
      <CardBody>
        <Facts rows={[
          [t("account.user"), data.user.name],
          [t("account.role"), roleName(data.user.role)],
          [t("account.passwordChanged"), <Time key="password" at={data.user.password_changed_at} isExact />],
        ]} />
      </CardBody>
    </Card>
  );
}

function PasswordCard() {
  const { t } = useTranslation();
  // After a change an empty form.
  const [count, setCount] = useState(0);
  return (
    <Card>
      <CardTitle component="h2">{t("password.title")}</CardTitle>
      <CardBody style={{ maxInlineSize: "36rem" }}>
        <Content component="p">{t("password.others")}</Content>
        <PasswordForm key={count} onDone={() => setCount(count + 1)} />
      </CardBody>
    </Card>
  );
}

function SessionsCard() {
  const { t } = useTranslation();
  return (
    <Card>
      <CardTitle component="h2">{t("sessions.title")}</CardTitle>
      <CardBody>
        <Content component="p">{t("sessions.intro")}</Content>
        <Sessions user={null} />
      </CardBody>
    </Card>
  );
}

export function AccountPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t("account.title")} />
      <PageSection>
        <Stack hasGutter>
          <StackItem><WhoCard /></StackItem>
          <StackItem><SessionsCard /></StackItem>
          <StackItem><PasswordCard /></StackItem>
        </Stack>
      </PageSection>
    </>
  );
}
