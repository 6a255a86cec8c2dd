// A role's name: of those that are always there in the user's language.
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";

type Named = Pick<Schemas["Role"], "name" | "built_in">;

export function useRoleName(): (role: Named) => string {
  const { t } = useTranslation();
  return ({ name, built_in: word }) => (word ? t(`role.${word}`) : name);
}
