// A second factor of every user, required for good.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Card, CardBody, CardTitle, Checkbox, Content, Title } from "@patternfly/react-core";
import { api, ask } from "../api/client";
import type { Schemas } from "../api/client";
import { SESSION_KEY, sessionQuery } from "../api/queries";
import { twoFactorSettingQuery } from "../api/twoFactor";
import { Dialog } from "./Dialog";
import { Loading } from "./Loading";
import { ProblemState } from "./ProblemState";
import { useToast } from "./Toasts";

function RequireDialog({ now, onClose }: { now: Schemas["TwoFactorSetting"]; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [isUnderstood, setUnderstood] = useState(false);
  const require = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/settings/two-factor/requirement")),
    onSuccess: async () => {
      toast("success", t("twoFactor.required"));
      onClose();
      await client.invalidateQueries({ queryKey: ["two-factor"] });
      await client.invalidateQueries({ queryKey: SESSION_KEY });
    },
  });
  return (
    <Dialog title={t("twoFactor.requireDialog")} submit={t("twoFactor.requireAction")} isDanger isReady={isUnderstood}
      isBusy={require.isPending} error={require.error} onSubmit={() => require.mutate()} onClose={onClose}>
      <Content component="p">{t("twoFactor.requireText")}</Content>
      <Content component="p">{t("twoFactor.requireCount", { count: now.users_without, users: now.users })}</Content>
      <Alert variant="warning" isInline title={t("twoFactor.requireForever")} component="p" />
      <Checkbox id="require-understood" label={t("twoFactor.requireUnderstood")} isChecked={isUnderstood}
        onChange={(_event, checked) => setUnderstood(checked)} />
    </Dialog>
  );
}

export function RequireTwoFactorCard() {
  const { t } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  const { data, error, isPending, refetch } = useQuery(twoFactorSettingQuery);
  const [isAsking, setAsking] = useState(false);
  function inside() {
    if (isPending) return <Loading />;
    if (data === undefined) return <ProblemState error={error} onRetry={() => void refetch()} />;
    return (
      <>
        <Content component="p">{data.required ? t("twoFactor.requireOn") : t("twoFactor.requireOff")}</Content>
        {!data.required && session?.permissions.security === "full" && (
          <Button variant="secondary" onClick={() => setAsking(true)}>{t("twoFactor.requireAction")}</Button>
        )}
      </>
    );
  }
  return (
    <Card className="w-narrow">
      <CardTitle><Title headingLevel="h2" size="lg">{t("twoFactor.requireTitle")}</Title></CardTitle>
      <CardBody>{inside()}</CardBody>
      {isAsking && data && <RequireDialog now={data} onClose={() => setAsking(false)} />}
    </Card>
  );
}
