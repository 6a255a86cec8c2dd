// How a user's account is doing: by word and colour, never by colour alone.
import { Label } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { User } from "../../api/people";
import { isLocked } from "../../lib/locked";
import { useNow } from "../../lib/now";

export function UserState({ user }: { user: User }) {
  const { t } = useTranslation();
  const now = useNow();
  if (user.is_disabled) return <Label status="danger" isCompact>{t("users.disabled")}</Label>;
  if (isLocked(user, now)) return <Label status="warning" isCompact>{t("users.locked")}</Label>;
  if (user.must_change_password) return <Label status="info" isCompact>{t("users.mustChange")}</Label>;
  return <Label status="success" isCompact>{t("users.active")}</Label>;
}
