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
    if (isKnown(error.code)) return t(`problem.${error.code}`);
    return t("unknownProblem", { code: error.code, detail: error.detail });
  };
}
