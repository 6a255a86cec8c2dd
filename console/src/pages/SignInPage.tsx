// Signing in, and what the browser's warning about the certificate means.
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useLocation } from "react-router";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ActionGroup, Alert, Button, Content, ExpandableSection, Form, FormGroup, TextInput } from "@patternfly/react-core";
import { api, ask } from "../api/client";
import { changeSession, sessionQuery } from "../api/queries";
import { factorBody, isFactorReady, NOTHING_TYPED, ticketOf } from "../api/twoFactor";
import { wayBack } from "../lib/asked";
import { Outside } from "../parts/Outside";
import { PasswordField } from "../parts/PasswordField";
import { ProblemAlert } from "../parts/ProblemAlert";
import { SecondFactorField } from "../parts/SecondFactorField";

function useSignIn() {
  return useMutation({
    mutationFn: (body: { user: string; password: string }) =>
      ask(api.POST("/api/v1/session", { body: { ...body, cookie: true } })),
    onSuccess: (made) => changeSession(made.session),
  });
}

function CertificateHelp() {
  const { t } = useTranslation();
  if (location.protocol !== "https:") return null;
  return (
    <ExpandableSection toggleText={t("signIn.warningTitle")}>{t("signIn.warning")}</ExpandableSection>
  );
}

// The password was right, and the account has a second factor.
function SecondStep({ ticket, onAgain }: { ticket: string; onAgain: () => void }) {
  const { t } = useTranslation();
  const [factor, setFactor] = useState(NOTHING_TYPED);
  const enter = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/session/two-factor", { body: { ticket, cookie: true, ...factorBody(factor) } })),
    onSuccess: (made) => changeSession(made.session),
    onError: () => setFactor({ ...factor, text: "" }),
  });
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    enter.mutate();
  }
  return (
    <Form onSubmit={submit}>
      <Content component="p">{t("twoFactor.signInText")}</Content>
      <ProblemAlert error={enter.error} />
      <SecondFactorField id="code" value={factor} onChange={setFactor} hasFocus />
      <ActionGroup>
        <Button type="submit" isBlock isLoading={enter.isPending} isDisabled={!isFactorReady(factor) || enter.isPending}>
          {t("signIn.submit")}
        </Button>
        <Button variant="link" isBlock onClick={onAgain}>{t("twoFactor.again")}</Button>
      </ActionGroup>
    </Form>
  );
}

function SignInForm() {
  const { t } = useTranslation();
  const signIn = useSignIn();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const ticket = ticketOf(signIn.error);
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    signIn.mutate({ user, password }, { onError: () => setPassword("") });
  }
  if (ticket !== null) return <SecondStep ticket={ticket} onAgain={() => signIn.reset()} />;
  return (
    <Form onSubmit={submit}>
      <ProblemAlert error={signIn.error} />
      <FormGroup label={t("signIn.user")} fieldId="user" isRequired>
        <TextInput id="user" name="user" isRequired autoComplete="username" autoCapitalize="none" spellCheck={false}
          value={user} onChange={(_event, value) => setUser(value)} autoFocus />
      </FormGroup>
      <PasswordField id="password" label={t("signIn.password")} value={password} onChange={setPassword}
        autoComplete="current-password" />
      <ActionGroup>
        <Button type="submit" isBlock isLoading={signIn.isPending}
          isDisabled={user === "" || password === "" || signIn.isPending}>{t("signIn.submit")}</Button>
      </ActionGroup>
    </Form>
  );
}

export function SignInPage() {
  const { t } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const { state } = useLocation() as { state: unknown };
  const from = wayBack(state);
  if (data) return <Navigate to={from} replace />;
  return (
    <Outside title={t("signIn.title")} below={<CertificateHelp />}>
      {from !== "/" && <Alert variant="info" isInline isPlain title={t("signIn.expired")} component="p" />}
      <SignInForm />
    </Outside>
  );
}
