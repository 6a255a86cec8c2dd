// A new role, a copy of one, or a change of one: its name and its levels.
import { useState } from "react";
import { Alert, FormGroup, TextInput } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { etagOf, loadRole, ROLES_KEY } from "../../api/people";
import type { Role } from "../../api/people";
import { sessionQuery } from "../../api/queries";
import { useChange, useFresh } from "../../lib/change";
import { leastLevels, MODULES, reaches } from "../../lib/may";
import type { Level, Levels, Module } from "../../lib/may";
import { Dialog } from "../Dialog";
import { useRoleName } from "../useRoleName";
import { Matrix } from "./Matrix";

// What a role made by people may have at most in what Administrators keep.
const SECURITY_MOST: Level = "read";

interface FormAsked {
  title: string;
  said: string;
  name: string;
  levels: Levels;
  changed?: Role;
  onClose: () => void;
  onLookAgain?: () => void;
  lookError?: unknown;
}

function differing(levels: Levels, before: Levels): Partial<Levels> {
  return Object.fromEntries(MODULES.filter((module) => levels[module] !== before[module])
    .map((module) => [module, levels[module]]));
}

function RoleForm({ title, said, name: given, levels: start, changed, onClose, onLookAgain, lookError }: FormAsked) {
  const { t } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const [name, setName] = useState(given);
  const [levels, setLevels] = useState(start);
  const text = name.trim();
  const news = differing(levels, changed?.levels ?? levels);
  const isNew = !changed || text !== changed.name || Object.keys(news).length > 0;
  const save = useChange<Role>({
    act: () => changed
      ? ask(api.PATCH("/api/v1/roles/{role_id}", {
        params: { path: { role_id: changed.id }, header: etagOf(changed) },
        body: { ...(text !== changed.name && { name: text }), levels: news },
      }))
      : ask(api.POST("/api/v1/roles", { body: { name: text, levels } })),
    keys: [ROLES_KEY],
    said,
    onDone: onClose,
  });
  const mayGive = (module: Module, level: Level) =>
    reaches(data?.permissions, module, level) && (module !== "security" || reaches({ security: SECURITY_MOST }, module, level));
  const choose = (module: Module, level: Level) => setLevels((before) => ({ ...before, [module]: level }));
  const held = (changed?.user_count ?? 0) + (changed?.api_token_count ?? 0);
  return (
    <Dialog title={title} submit={t("common.save")} isWide isReady={text !== "" && isNew} isBusy={save.isPending}
      error={lookError ?? save.error} {...(onLookAgain && { onLookAgain })} onSubmit={() => save.mutate()}
      onClose={onClose}>
      {held > 0 && (
        <Alert variant="info" isInline isPlain component="p" title={t("roles.countsNow", {
          users: t("roles.users", { count: changed?.user_count }), tokens: t("roles.tokens", { count: changed?.api_token_count }),
        })} />
      )}
      <FormGroup label={t("common.name")} fieldId="role-name" isRequired>
        <TextInput id="role-name" isRequired maxLength={128} value={name} autoFocus
          onChange={(_event, value) => setName(value)} />
      </FormGroup>
      <FormGroup role="group" label={t("roles.rights")} fieldId="role-levels">
        <Matrix label={t("roles.rights")} levels={levels} mayGive={mayGive} onChange={choose} />
      </FormGroup>
    </Dialog>
  );
}

function RoleChange({ role, onClose }: { role: Role; onClose: () => void }) {
  const { t } = useTranslation();
  const { thing, lookAgain, lookError } = useFresh(role, () => loadRole(role.id));
  return (
    <RoleForm key={thing.version} title={t("roles.editTitle", { name: thing.name })} said={t("roles.changed")}
      name={thing.name} levels={thing.levels} changed={thing} onClose={onClose} onLookAgain={lookAgain}
      lookError={lookError} />
  );
}

interface Asked {
  // Null: from nothing.
  role: Role | null;
  isCopy: boolean;
  onClose: () => void;
}

export function RoleEdit({ role, isCopy, onClose }: Asked) {
  const { t } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const roleName = useRoleName();
  if (role && !isCopy) return <RoleChange role={role} onClose={onClose} />;
  const most = { ...data?.permissions, security: SECURITY_MOST };
  const name = role ? t("roles.copyName", { name: roleName(role) }).slice(0, 128) : "";
  return (
    <RoleForm title={t("roles.create")} said={t("roles.created")} name={name} onClose={onClose}
      levels={leastLevels(role?.levels ?? {}, most)} />
  );
}
