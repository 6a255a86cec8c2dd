// Criteria in words.
import { useTranslation } from "react-i18next";
import type { Criterion } from "../../api/groups";
import type { Field, Operator } from "../../lib/criteria";

export function useCriteriaWords() {
  const { t } = useTranslation();
  const field = (name: Field) => t(`groups.field.${name}`);
  const operator = (word: Operator) =>
    word === "within" || word === "longer_ago_than" ? t(`groups.daysOperator.${word}`) : t(`groups.operator.${word}`);
  function value(name: Field, word: string): string {
    if (name === "state" && (word === "active" || word === "retired" || word === "revoked")) return t(`state.${word}`);
    if (name === "profile" && (word === "agent" || word === "stock")) return t(`profile.${word}`);
    if (name === "duplicate" && (word === "name" || word === "hardware")) return t(`groups.duplicate.${word}`);
    return word;
  }
  // offices: their names by id.
  function sentence(one: Criterion, offices: Map<string, string>): string {
    const text = one.field === "office" ? offices.get(one.value ?? "") ?? one.value : value(one.field, one.value ?? "");
    return [field(one.field), operator(one.operator), one.days ?? text].join(" ");
  }
  return { field, operator, value, sentence };
}
