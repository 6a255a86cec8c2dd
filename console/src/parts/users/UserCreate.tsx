// A new user: name, first password, role and scope.
import { useState } from "react";
import { Checkbox, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { ROLES_KEY, USERS_KEY } from "../../api/people";
import type { Scope } from "../../api/people";
import { useChange } from "../../lib/change";
import { useRolesToGive } from "../../lib/roles";
import { Dialog } from "../Dialog";
import { PasswordField } from "../PasswordField";
import { ScopeField } from "../ScopeField";
import { RoleChoice } from "./RoleChoice";

export function UserCreate({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const roles = useRolesToGive();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [mustChange, setMustChange] = useState(true);
  const [role, setRole] = useState("");
  const [scope, setScope] = useState<Scope | null>(null);
  const create = useChange({
    act: () => ask(api.POST("/api/v1/users", {
      body: { name: name.trim(), password, role_id: role, scope, must_change_password: mustChange },
    })),
    keys: [USERS_KEY, ROLES_KEY],
    said: t("users.created", { name: name.trim() }),
    onDone: onClose,
  });
  const isReady = name.trim() !== "" && password !== "" && role !== "" && scope?.length !== 0;
  return (
    <Dialog title={t("users.createTitle")} submit={t("users.create")} isReady={isReady} isBusy={create.isPending}
      error={create.error} onSubmit={() => create.mutate()} onClose={onClose}>
      <FormGroup label={t("users.name")} fieldId="user-name" isRequired>
        <TextInput id="user-name" isRequired maxLength={128} value={name} autoComplete="off" autoCapitalize="none"
          spellCheck={false} autoFocus aria-describedby="user-name-help" onChange={(_event, value) => setName(value)} />
        <FormHelperText>
          <HelperText id="user-name-help"><HelperTextItem>{t("users.nameHelp")}</HelperTextItem></HelperText>
        </FormHelperText>
      </FormGroup>
      <PasswordField id="user-password" label={t("users.firstPassword")} value={password} onChange={setPassword}
        autoComplete="new-password" help={t("password.rule")} />
      <Checkbox id="user-must-change" label={t("users.askChange")} description={t("users.askChangeText")}
        isChecked={mustChange} onChange={(_event, value) => setMustChange(value)} />
      <RoleChoice id="user-role" roles={roles} value={role} onChange={setRole} />
      <ScopeField id="user-scope" value={scope} onChange={setScope} allText={t("scope.all")} />
    </Dialog>
  );
}
