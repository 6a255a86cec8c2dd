// What one may do to a user, behind one button; nothing where one may nothing.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "../../api/people";
import { isLocked } from "../../lib/locked";
import { useMay } from "../../lib/may";
import { useNow } from "../../lib/now";
import { useMayTouch } from "../../lib/roles";
import { RowActions } from "../RowActions";
import { UserDelete } from "./UserDelete";
import { UserDisable } from "./UserDisable";
import { UserEdit } from "./UserEdit";
import { UserPassword } from "./UserPassword";
import { useUnlock } from "./useUnlock";

type Kind = "edit" | "password" | "disable" | "delete";

export function UserActions({ user, onDeleted }: { user: User; onDeleted?: () => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind | null>(null);
  const mayWrite = useMay("users", "write");
  const mayDelete = useMay("users", "full");
  const isTouchable = useMayTouch()(user);
  const unlock = useUnlock(user);
  const now = useNow();
  const close = () => setKind(null);
  return (
    <>
      {mayWrite && isTouchable && (
        <RowActions of={user.name} actions={[
          { title: t("users.edit"), onClick: () => setKind("edit") },
          ...(isLocked(user, now) ? [{ title: t("users.unlock"), onClick: () => unlock.mutate() }] : []),
          { title: t("users.setPassword"), onClick: () => setKind("password") },
          { title: t(user.is_disabled ? "users.enable" : "users.disable"), onClick: () => setKind("disable") },
          ...(mayDelete ? [{ title: t("users.delete"), onClick: () => setKind("delete"), isDanger: true }] : []),
        ]} />
      )}
      {kind === "edit" && <UserEdit user={user} onClose={close} />}
      {kind === "password" && <UserPassword user={user} onClose={close} />}
      {kind === "disable" && <UserDisable user={user} onClose={close} />}
      {kind === "delete" && <UserDelete user={user} onClose={close} {...(onDeleted && { onDeleted })} />}
    </>
  );
}
