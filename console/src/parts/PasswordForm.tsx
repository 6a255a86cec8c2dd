// Changing the own password.
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ActionGroup, Button, Form } from "@patternfly/react-core";
import { api, ask } from "../api/client";
import { SESSION_KEY } from "../api/queries";
import { PasswordField } from "./PasswordField";
import { ProblemAlert } from "./ProblemAlert";
import { useToast } from "./Toasts";

export function PasswordForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const change = useMutation({
    mutationFn: () => ask(api.PUT("/api/v1/me/password", { body: { current_password: current, new_password: next } })),
    onSuccess: async () => {
      toast("success", t("password.done"));
      await client.invalidateQueries({ queryKey: SESSION_KEY });
      onDone();
    },
  });
  const differ = again !== "" && again !== next;
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    change.mutate();
  }
  return (
    <Form onSubmit={submit}>
      <ProblemAlert error={change.error} />
      <PasswordField id="current" label={t("password.current")} value={current} onChange={setCurrent}
        autoComplete="current-password" />
      <PasswordField id="new" label={t("password.new")} value={next} onChange={setNext}
        autoComplete="new-password" help={t("password.rule")} />
      <PasswordField id="again" label={t("password.again")} value={again} onChange={setAgain}
        autoComplete="new-password" error={differ ? t("password.differ") : undefined} />
      <ActionGroup>
        <Button type="submit" isLoading={change.isPending}
          isDisabled={current === "" || next === "" || again !== next || change.isPending}>
          {t("password.submit")}
        </Button>
      </ActionGroup>
    </Form>
  );
}
