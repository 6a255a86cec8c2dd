// The own second factor; for those who may see it, whether all need one.
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { PageSection, Stack, StackItem } from "@patternfly/react-core";
import { sessionQuery } from "../api/queries";
import { PageHead } from "../parts/PageHead";
import { RequireTwoFactorCard } from "../parts/RequireTwoFactorCard";
import { TwoFactorCard } from "../parts/TwoFactorCard";

export function TwoFactorPage() {
  const { t } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  const maySee = session && session.permissions.security !== "none";
  return (
    <>
      <PageHead title={t("twoFactor.title")} />
      <PageSection>
        <Stack hasGutter>
          <StackItem><TwoFactorCard /></StackItem>
          {maySee && <StackItem><RequireTwoFactorCard /></StackItem>}
        </Stack>
      </PageSection>
    </>
  );
}
