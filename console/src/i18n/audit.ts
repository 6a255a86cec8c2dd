// The words of the audit log in the user's language. The words themselves are
// a closed table of the server's; a newer server's stay as they are.
import { useTranslation } from "react-i18next";
import en from "./en.json";

const tables = en.auditWord;
type Kind = keyof typeof tables;
export const ACTIONS = Object.keys(tables.action) as (keyof typeof tables.action)[];

// "sign_in.lock": a dot would part keys.
export function keyOf(word: string): string {
  return word.replaceAll(".", "-");
}

export function wordOf(key: string): string {
  return key.replaceAll("-", ".");
}

export function useAuditWord(): (kind: Kind, word: string) => string {
  const { t } = useTranslation();
  return (kind, word) => {
    const key = keyOf(word);
    if (!Object.hasOwn(tables[kind], key)) return word;
    // That the key is there was seen above.
    return t(`auditWord.${kind}.${key}` as "auditWord.outcome.done");
  };
}
