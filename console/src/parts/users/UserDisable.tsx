// Disables a user, or enables one again; says what that does.
import { Content } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { etagOf, loadUser, USERS_KEY } from "../../api/people";
import type { User } from "../../api/people";
import { useChange, useFresh } from "../../lib/change";
import { Dialog } from "../Dialog";

export function UserDisable({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const { thing, lookAgain, lookError } = useFresh(user, () => loadUser(user.id));
  const isEnabling = user.is_disabled;
  const change = useChange({
    act: () => ask(api.PATCH("/api/v1/users/{user_id}", {
      params: { path: { user_id: thing.id }, header: etagOf(thing) }, body: { is_disabled: !isEnabling },
    })),
    keys: [USERS_KEY],
    said: t(isEnabling ? "users.enabledDone" : "users.disabledDone", { name: thing.name }),
    onDone: onClose,
  });
  return (
    <Dialog title={t(isEnabling ? "users.enableTitle" : "users.disableTitle", { name: thing.name })}
      submit={t(isEnabling ? "users.enable" : "users.disable")} isDanger={!isEnabling} isBusy={change.isPending}
      error={lookError ?? change.error} onLookAgain={() => {
        change.reset();
        lookAgain();
      }} onSubmit={() => change.mutate()} onClose={onClose}>
      <Content component="p">{t(isEnabling ? "users.enableText" : "users.disableText")}</Content>
    </Dialog>
  );
}
