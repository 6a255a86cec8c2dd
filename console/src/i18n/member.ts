// Members of the API's objects, and of the audit log's values, in words.
import { useTranslation } from "react-i18next";
import en from "./en.json";

type Member = keyof typeof en.member;

function isKnown(name: string): name is Member {
  return Object.hasOwn(en.member, name);
}

// "levels.computers" is told part by part; a word that nobody knows stays.
export function useMemberName(): (path: string) => string {
  const { t } = useTranslation();
  return (path) => path.split(".").map((name) => (isKnown(name) ? t(`member.${name}`) : name)).join(" › ");
}
