// The own second factor: what it is, and what can be done about it.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Card, CardBody, CardTitle, Content, Flex, FlexItem, Title } from "@patternfly/react-core";
import { api, ask } from "../api/client";
import type { Schemas } from "../api/client";
import { SESSION_KEY } from "../api/queries";
import { factorBody, isFactorReady, NOTHING_TYPED, ownTwoFactorQuery } from "../api/twoFactor";
import { Dialog } from "./Dialog";
import { Facts } from "./Facts";
import { Loading } from "./Loading";
import { PasswordField } from "./PasswordField";
import { ProblemState } from "./ProblemState";
import { RecoveryCodes } from "./RecoveryCodes";
import { SecondFactorField } from "./SecondFactorField";
import { Time } from "./Time";
import { useToast } from "./Toasts";
import { TwoFactorSetup } from "./TwoFactorSetup";

type Doing = "begin" | "replace" | "renew" | "disable" | null;
const FEW_CODES = 3;

// What takes away or gives anew asks for password and second factor.
function useProof() {
  const [password, setPassword] = useState("");
  const [factor, setFactor] = useState(NOTHING_TYPED);
  const { t } = useTranslation();
  return {
    body: { password, ...factorBody(factor) },
    isReady: password !== "" && isFactorReady(factor),
    fields: (
      <>
        <PasswordField id="proof" label={t("twoFactor.password")} value={password} onChange={setPassword}
          autoComplete="current-password" />
        <SecondFactorField id="proof-code" value={factor} onChange={setFactor} />
      </>
    ),
  };
}

function RenewDialog({ onMade, onClose }: { onMade: (codes: string[]) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const proof = useProof();
  const renew = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/me/two-factor/recovery-codes", { body: proof.body })),
    onSuccess: (made) => onMade(made.recovery_codes),
  });
  return (
    <Dialog title={t("twoFactor.renew")} submit={t("twoFactor.renew")} isReady={proof.isReady} isBusy={renew.isPending}
      error={renew.error} onSubmit={() => renew.mutate()} onClose={onClose}>
      <Content component="p">{t("twoFactor.renewText")}</Content>
      {proof.fields}
    </Dialog>
  );
}

function DisableDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const proof = useProof();
  const disable = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/me/two-factor/removal", { body: proof.body })),
    onSuccess: () => {
      toast("success", t("twoFactor.disabled"));
      onDone();
    },
  });
  return (
    <Dialog title={t("twoFactor.disableTitle")} submit={t("twoFactor.disable")} isDanger isReady={proof.isReady}
      isBusy={disable.isPending} error={disable.error} onSubmit={() => disable.mutate()} onClose={onClose}>
      <Content component="p">{t("twoFactor.disableText")}</Content>
      {proof.fields}
    </Dialog>
  );
}

function Actions({ state, onChoose }: { state: Schemas["TwoFactor"]; onChoose: (doing: Doing) => void }) {
  const { t } = useTranslation();
  if (!state.enabled) return <Button onClick={() => onChoose("begin")}>{t("twoFactor.begin")}</Button>;
  return (
    <Flex>
      <FlexItem><Button variant="secondary" onClick={() => onChoose("renew")}>{t("twoFactor.renew")}</Button></FlexItem>
      <FlexItem><Button variant="secondary" onClick={() => onChoose("replace")}>{t("twoFactor.replace")}</Button></FlexItem>
      {!state.required && (
        <FlexItem><Button variant="danger" onClick={() => onChoose("disable")}>{t("twoFactor.disable")}</Button></FlexItem>
      )}
    </Flex>
  );
}

function State({ state, onChoose }: { state: Schemas["TwoFactor"]; onChoose: (doing: Doing) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Content component="p">{t("twoFactor.intro")}</Content>
      <Facts rows={[
        [t("twoFactor.state"), state.enabled ? t("twoFactor.on") : t("twoFactor.off")],
        [t("twoFactor.since"), state.enabled_at && <Time key="since" at={state.enabled_at} />],
        [t("twoFactor.codesLeft"), state.enabled ? String(state.recovery_codes_left) : null],
      ]} />
      {state.enabled && state.recovery_codes_left <= FEW_CODES && (
        <Alert variant="warning" isInline isPlain title={t("twoFactor.fewCodes")} component="p" />
      )}
      {state.enabled && state.required && <Content component="p">{t("twoFactor.cannotDisable")}</Content>}
      <div className="w-above"><Actions state={state} onChoose={onChoose} /></div>
    </>
  );
}

export function TwoFactorCard() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery(ownTwoFactorQuery);
  const [doing, setDoing] = useState<Doing>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  function done() {
    setDoing(null);
    setCodes(null);
    void client.invalidateQueries({ queryKey: ownTwoFactorQuery.queryKey });
    void client.invalidateQueries({ queryKey: SESSION_KEY });
  }
  function inside() {
    if (isPending) return <Loading />;
    if (data === undefined) return <ProblemState error={error} onRetry={() => void refetch()} />;
    if (codes) return <RecoveryCodes codes={codes} text={t("twoFactor.codesTextNew")} onDone={done} />;
    if (doing === "begin" || doing === "replace")
      return <TwoFactorSetup isReplacing={doing === "replace"} onDone={done} onCancel={done} />;
    return <State state={data} onChoose={setDoing} />;
  }
  return (
    <Card className="w-narrow">
      <CardTitle><Title headingLevel="h2" size="lg">{t("twoFactor.title")}</Title></CardTitle>
      <CardBody>{inside()}</CardBody>
      {doing === "renew" && !codes && <RenewDialog onMade={setCodes} onClose={() => setDoing(null)} />}
      {doing === "disable" && <DisableDialog onDone={done} onClose={() => setDoing(null)} />}
    </Card>
  );
}
