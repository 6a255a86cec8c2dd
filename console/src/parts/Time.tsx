// A time: how long ago, with the exact time beside it for those who ask.
import { useTranslation } from "react-i18next";
import { formatDistance, formatTime } from "../lib/format";
import { useNow } from "../lib/now";

export function Time({ at, isExact = false }: { at: string | null; isExact?: boolean }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  if (at === null) return <>{t("common.never")}</>;
  const exact = formatTime(at, i18n.language);
  return <time dateTime={at} title={exact}>{isExact ? exact : formatDistance(at, i18n.language, now)}</time>;
}
