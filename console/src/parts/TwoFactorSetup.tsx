// Setting up a second factor: the password, the device, its code, the recovery
// codes.
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { useMutation } from "@tanstack/react-query";
import { ActionGroup, Button, ClipboardCopy, Content, Form } from "@patternfly/react-core";
import { api, ask } from "../api/client";
import type { Schemas } from "../api/client";
import { factorBody, isFactorReady, NOTHING_TYPED } from "../api/twoFactor";
import { ComeByHttps, isPlain } from "./ComeByHttps";
import { Facts } from "./Facts";
import { PasswordField } from "./PasswordField";
import { ProblemAlert } from "./ProblemAlert";
import { QrCode } from "./QrCode";
import { RecoveryCodes } from "./RecoveryCodes";
import { SecondFactorField } from "./SecondFactorField";

type Secret = Schemas["TwoFactorSecret"];
const GROUP = /.{1,4}/g;

interface StepProps {
  onCancel?: () => void;
}

function Buttons({ submit, isReady, isBusy, onCancel }: StepProps & { submit: string; isReady: boolean; isBusy: boolean }) {
  const { t } = useTranslation();
  return (
    <ActionGroup>
      <Button type="submit" isLoading={isBusy} isDisabled={!isReady || isBusy}>{submit}</Button>
      {onCancel && <Button variant="link" onClick={onCancel}>{t("common.cancel")}</Button>}
    </ActionGroup>
  );
}

// Where there is a second factor already, it is asked for as well.
function PasswordStep({ isReplacing, onBegun, onCancel }: StepProps & { isReplacing: boolean; onBegun: (secret: Secret) => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [factor, setFactor] = useState(NOTHING_TYPED);
  const begin = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/me/two-factor", { body: { password, ...(isReplacing && factorBody(factor)) } })),
    onSuccess: onBegun,
  });
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    begin.mutate();
  }
  return (
    <Form onSubmit={submit}>
      <ProblemAlert error={begin.error} />
      <PasswordField id="proof" label={t("twoFactor.password")} value={password} onChange={setPassword} autoComplete="current-password" />
      {isReplacing && <SecondFactorField id="proof-code" value={factor} onChange={setFactor} />}
      <Buttons submit={t("twoFactor.next")} isReady={password !== "" && (!isReplacing || isFactorReady(factor))}
        isBusy={begin.isPending} onCancel={onCancel} />
    </Form>
  );
}

function DeviceStep({ secret, onConfirmed, onCancel }: StepProps & { secret: Secret; onConfirmed: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const [factor, setFactor] = useState(NOTHING_TYPED);
  const confirm = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/me/two-factor/confirmation", { body: { code: factor.text } })),
    onSuccess: (made) => onConfirmed(made.recovery_codes),
    onError: () => setFactor(NOTHING_TYPED),
  });
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    confirm.mutate();
  }
  return (
    <Form onSubmit={submit}>
      <Content component="p">{t("twoFactor.scan")}</Content>
      <QrCode text={secret.uri} label={t("twoFactor.qr")} />
      <Facts rows={[
        [t("twoFactor.key"), (
          <ClipboardCopy key="key" isReadOnly isCode hoverTip={t("common.copy")} clickTip={t("common.copied")}
            textAriaLabel={t("twoFactor.key")} copyAriaLabel={t("common.copy")}>
            {(secret.secret.match(GROUP) ?? []).join(" ")}
          </ClipboardCopy>
        )],
        [t("twoFactor.account"), `${secret.issuer}: ${secret.account}`],
      ]} />
      <Content component="p">{t("twoFactor.enter")}</Content>
      <ProblemAlert error={confirm.error} />
      <SecondFactorField id="new-code" value={factor} onChange={setFactor} mayRecover={false} />
      <Buttons submit={t("twoFactor.confirm")} isReady={isFactorReady(factor)} isBusy={confirm.isPending} onCancel={onCancel} />
    </Form>
  );
}

export function TwoFactorSetup({ isReplacing = false, onDone, onCancel }: StepProps & { isReplacing?: boolean; onDone: () => void }) {
  const { t } = useTranslation();
  const [secret, setSecret] = useState<Secret | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  // A key must not be read on its way.
  if (isPlain()) return <ComeByHttps text="twoFactor.toHttps" />;
  if (codes) return <RecoveryCodes codes={codes} text={t("twoFactor.codesText")} onDone={onDone} />;
  if (secret) return <DeviceStep secret={secret} onConfirmed={setCodes} onCancel={onCancel} />;
  return <PasswordStep isReplacing={isReplacing} onBegun={setSecret} onCancel={onCancel} />;
}
