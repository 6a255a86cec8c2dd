// Signing in, and what the browser's warning about the certificate means.
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useLocation } from "react-router";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ActionGroup, Alert, Button, ExpandableSection, Form, FormGroup, TextInput } from "@patternfly/react-core";
import { api, ask } from "../api/client";
import { changeSession, sessionQuery } from "../api/queries";
import { wayBack } from "../lib/asked";
import { Outside } from "../parts/Outside";
import { PasswordField } from "../parts/PasswordField";
import { ProblemAlert } from "../parts/ProblemAlert";

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

function SignInForm() {
  const { t } = useTranslation();
  const signIn = useSignIn();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    signIn.mutate({ user, password }, { onError: () => setPassword("") });
  }
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
