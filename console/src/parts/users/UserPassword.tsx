// Another password for a user who has lost the own one.
import { useState } from "react";
import { Checkbox, Content } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { USERS_KEY } from "../../api/people";
import type { User } from "../../api/people";
import { useChange } from "../../lib/change";
import { Dialog } from "../Dialog";
import { PasswordField } from "../PasswordField";

export function UserPassword({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [mustChange, setMustChange] = useState(true);
  const change = useChange({
    act: () => ask(api.PUT("/api/v1/users/{user_id}/password", {
      params: { path: { user_id: user.id } }, body: { new_password: password, must_change_password: mustChange },
    })),
    keys: [USERS_KEY],
    said: t("users.passwordDone", { name: user.name }),
    onDone: onClose,
  });
  return (
    <Dialog title={t("users.passwordTitle", { name: user.name })} submit={t("users.setPassword")}
      isReady={password !== ""} isBusy={change.isPending} error={change.error} onSubmit={() => change.mutate()}
      onClose={onClose}>
      <Content component="p">{t("users.passwordText")}</Content>
      <PasswordField id="set-password" label={t("password.new")} value={password} onChange={setPassword}
        autoComplete="new-password" help={t("password.rule")} />
      <Checkbox id="set-must-change" label={t("users.askChange")} description={t("users.askChangeText")}
        isChecked={mustChange} onChange={(_event, value) => setMustChange(value)} />
    </Dialog>
  );
}
