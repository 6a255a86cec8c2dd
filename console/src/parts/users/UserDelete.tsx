// Deletes a user, after saying what ends with it.
import { Content } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { etagOf, loadUser, ROLES_KEY, TOKENS_KEY, USERS_KEY } from "../../api/people";
import type { User } from "../../api/people";
import { useChange, useFresh } from "../../lib/change";
import { Dialog } from "../Dialog";

interface Asked {
  user: User;
  onClose: () => void;
  onDeleted?: () => void;
}

export function UserDelete({ user, onClose, onDeleted }: Asked) {
  const { t } = useTranslation();
  const { thing, lookAgain, lookError } = useFresh(user, () => loadUser(user.id));
  const change = useChange({
    act: () => ask(api.DELETE("/api/v1/users/{user_id}", {
      params: { path: { user_id: thing.id }, header: etagOf(thing) },
    })),
    keys: [[...USERS_KEY, "list"], ROLES_KEY, TOKENS_KEY],
    said: t("users.deletedDone", { name: thing.name }),
    onDone: () => {
      onClose();
      onDeleted?.();
    },
  });
  return (
    <Dialog title={t("users.deleteTitle", { name: thing.name })} submit={t("users.delete")} isDanger
      isBusy={change.isPending} error={lookError ?? change.error} onLookAgain={() => {
        change.reset();
        lookAgain();
      }} onSubmit={() => change.mutate()} onClose={onClose}>
      <Content component="p">{t("users.deleteText")}</Content>
    </Dialog>
  );
}
