// Another name, role or scope for a user. What somebody else has changed meanwhile is
// told, and looked at again before it is changed.
import { useState } from "react";
import { Content, FormGroup, TextInput } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { etagOf, loadUser, ROLES_KEY, USERS_KEY } from "../../api/people";
import type { Scope, User } from "../../api/people";
import { useChange, useFresh } from "../../lib/change";
import { useRolesToGive } from "../../lib/roles";
import { Dialog } from "../Dialog";
import { ScopeField } from "../ScopeField";
import { RoleChoice } from "./RoleChoice";

interface Asked {
  user: User;
  onClose: () => void;
  onLookAgain: () => void;
  lookError: unknown;
}

function keyOf(scope: Scope | null): string {
  return scope === null ? "" : scope.map(({ kind, id }) => `${kind}:${id}`).sort().join(" ");
}

function EditForm({ user, onClose, onLookAgain, lookError }: Asked) {
  const { t } = useTranslation();
  const roles = useRolesToGive();
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState(user.role.id);
  const [scope, setScope] = useState(user.scope);
  const text = name.trim();
  const isNameNew = text !== user.name;
  const isRoleNew = role !== user.role.id;
  const isScopeNew = (scope === null) !== (user.scope === null) || keyOf(scope) !== keyOf(user.scope);
  const change = useChange({
    act: () => ask(api.PATCH("/api/v1/users/{user_id}", {
      params: { path: { user_id: user.id }, header: etagOf(user) },
      body: { ...(isNameNew && { name: text }), ...(isRoleNew && { role_id: role }), ...(isScopeNew && { scope }) },
    })),
    keys: [USERS_KEY, ROLES_KEY],
    said: t("users.changed", { name: text }),
    onDone: onClose,
  });
  return (
    <Dialog title={t("users.editTitle", { name: user.name })} submit={t("common.save")}
      isReady={text !== "" && (isNameNew || isRoleNew || isScopeNew) && scope?.length !== 0} isBusy={change.isPending}
      error={lookError ?? change.error} onLookAgain={onLookAgain} onSubmit={() => change.mutate()} onClose={onClose}>
      <Content component="p">{t("users.editText")}</Content>
      <FormGroup label={t("users.name")} fieldId="edit-name" isRequired>
        <TextInput id="edit-name" isRequired maxLength={128} value={name} autoComplete="off" autoCapitalize="none"
          spellCheck={false} onChange={(_event, value) => setName(value)} />
      </FormGroup>
      <RoleChoice id="edit-role" roles={roles} value={role} onChange={setRole} />
      <ScopeField id="edit-scope" value={scope} onChange={setScope} allText={t("scope.all")} />
    </Dialog>
  );
}

export function UserEdit({ user, onClose }: { user: User; onClose: () => void }) {
  const { thing, lookAgain, lookError } = useFresh(user, () => loadUser(user.id));
  return <EditForm key={thing.version} user={thing} onClose={onClose} onLookAgain={lookAgain} lookError={lookError} />;
}
