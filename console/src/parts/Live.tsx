// Whether the agent is connected: by word and colour, never by colour alone.
import { Label } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Computer } from "../api/client";

export function Live({ computer }: { computer: Computer }) {
  const { t } = useTranslation();
  return computer.is_live
    ? <Label status="success" isCompact>{t("computers.live")}</Label>
    : <Label isCompact>{t("computers.offline")}</Label>;
}

export function StateLabel({ computer }: { computer: Computer }) {
  const { t } = useTranslation();
  const text = t(`state.${computer.state}`);
  if (computer.state === "revoked") return <Label status="danger" isCompact>{text}</Label>;
  if (computer.state === "active") return <Label color="blue" isCompact>{text}</Label>;
  return <Label isCompact>{text}</Label>;
}
