// A failure as one sentence in the user's language.
import { useTranslation } from "react-i18next";
import { Problem } from "../api/client";
import en from "./en.json";

type Code = keyof typeof en.problem;

function isKnown(code: string): code is Code {
  return Object.hasOwn(en.problem, code);
}

export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof Problem)) return t("problem.internal");
    if (error.code === "locked") {
      const minutes = Math.max(1, Math.ceil((error.retryAfterS ?? 60) / 60));
      return t("problem.locked", { count: minutes });
    }
    if (error.code === "password_too_short") return t("problem.password_too_short", { count: error.minimumLength ?? 8 });
    if (isKnown(error.code)) return t(`problem.${error.code}`);
    return t("unknownProblem", { code: error.code, detail: error.detail });
  };
}

// The sentence of a code alone, as the audit log keeps it.
export function useCodeText(): (code: string) => string {
  const { t } = useTranslation();
  return (code) => {
    if (code === "locked") return t("audit.locked");
    if (code === "password_too_short") return t("audit.passwordTooShort");
    return isKnown(code) ? t(`problem.${code}`) : code;
  };
}
