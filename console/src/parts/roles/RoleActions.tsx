// What one may do with a role: copy each; change and delete those made by
// people that reach no further than one's own, and are not one's own.
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Role } from "../../api/people";
import { sessionQuery } from "../../api/queries";
import { isWithin, useMay } from "../../lib/may";
import { RowActions } from "../RowActions";
import { useRoleName } from "../useRoleName";
import { RoleDelete } from "./RoleDelete";
import { RoleEdit } from "./RoleEdit";

type Kind = "copy" | "edit" | "delete";

export function RoleActions({ role, onDeleted }: { role: Role; onDeleted?: () => void }) {
  const { t } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const roleName = useRoleName();
  const [kind, setKind] = useState<Kind | null>(null);
  const mayWrite = useMay("users", "write");
  const mayDelete = useMay("users", "full");
  const isTouchable = role.built_in === null && role.id !== data?.user.role.id && isWithin(role.levels, data?.permissions);
  const isHeld = role.user_count + role.api_token_count > 0;
  const close = () => setKind(null);
  return (
    <>
      {mayWrite && (
        <RowActions of={roleName(role)} actions={[
          { title: t("roles.copy"), onClick: () => setKind("copy") },
          ...(isTouchable ? [{ title: t("roles.edit"), onClick: () => setKind("edit") }] : []),
          ...(isTouchable && mayDelete
            ? [{ title: t("roles.delete"), onClick: () => setKind("delete"), isDisabled: isHeld, isDanger: !isHeld }] : []),
        ]} />
      )}
      {(kind === "copy" || kind === "edit") && <RoleEdit role={role} isCopy={kind === "copy"} onClose={close} />}
      {kind === "delete" && <RoleDelete role={role} onClose={close} {...(onDeleted && { onDeleted })} />}
    </>
  );
}
