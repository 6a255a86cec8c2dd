// Deletes a role that nobody has.
import { Content } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { etagOf, loadRole, ROLES_KEY } from "../../api/people";
import type { Role } from "../../api/people";
import { useChange, useFresh } from "../../lib/change";
import { Dialog } from "../Dialog";

interface Asked {
  role: Role;
  onClose: () => void;
  onDeleted?: () => void;
}

export function RoleDelete({ role, onClose, onDeleted }: Asked) {
  const { t } = useTranslation();
  const { thing, lookAgain, lookError } = useFresh(role, () => loadRole(role.id));
  const change = useChange({
    act: () => ask(api.DELETE("/api/v1/roles/{role_id}", {
      params: { path: { role_id: thing.id }, header: etagOf(thing) },
    })),
    keys: [[...ROLES_KEY, "list"]],
    said: t("roles.deletedDone"),
    onDone: () => {
      onClose();
      onDeleted?.();
    },
  });
  return (
    <Dialog title={t("roles.deleteTitle", { name: thing.name })} submit={t("roles.delete")} isDanger
      isBusy={change.isPending} error={lookError ?? change.error} onLookAgain={() => {
        change.reset();
        lookAgain();
      }} onSubmit={() => change.mutate()} onClose={onClose}>
      <Content component="p">{t("roles.deleteText")}</Content>
    </Dialog>
  );
}
