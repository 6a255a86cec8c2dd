// What the four levels allow.
import { useTranslation } from "react-i18next";
import { LEVELS } from "../../lib/may";
import { Facts } from "../Facts";

export function LevelWords() {
  const { t } = useTranslation();
  return <Facts isNarrow rows={LEVELS.map((level) => [t(`level.${level}`), t(`levelAbout.${level}`)])} />;
}
