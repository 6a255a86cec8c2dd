// Who did something, or to what it was done, as it was named then.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { AuditName as Name } from "../../api/audit";
import { useAuditWord } from "../../i18n/audit";
import { useReach } from "../../lib/may";
import type { Module } from "../../lib/may";

// Where things are looked at, and the module that it takes.
const PLACES: Record<string, [to: string, module: Module]> = {
  user: ["/users", "users"],
  role: ["/roles", "users"],
  office: ["/offices", "offices"],
  computer: ["/computers", "computers"],
  agent: ["/computers", "computers"],
};

export function AuditName({ name, as }: { name: Name; as: "actor" | "target" }) {
  const { t } = useTranslation();
  const word = useAuditWord();
  const may = useReach();
  if (name === null || name.kind === "") return null;
  const kind = word(as, name.kind);
  const text = name.name ?? name.id;
  const place = PLACES[name.kind];
  if (text === null) return <>{kind}</>;
  if (place && name.id && may(place[1], "read"))
    return <>{kind} <Link to={`${place[0]}/${name.id}`} className="w-break">{text}</Link></>;
  return <>{t("audit.named", { kind, name: text })}</>;
}
