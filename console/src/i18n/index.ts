// Languages: the user's choice, else the browser's, else English.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { readKept, writeKept } from "../lib/kept";
import { plain } from "../lib/name";
import en from "./en.json";
import ja from "./ja.json";

export const LANGUAGES = ["en", "ja"] as const;
export type Language = (typeof LANGUAGES)[number];

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

// The first of the browser's languages that is spoken here.
export function pickLanguage(kept: string | null, wanted: readonly string[]): Language {
  const all = kept === null ? wanted : [kept, ...wanted];
  for (const tag of all) {
    const found = LANGUAGES.find((language) => tag.toLowerCase().split("-")[0] === language);
    if (found) return found;
  }
  return "en";
}

function show(language: string): void {
  document.documentElement.lang = language;
}

export function chooseLanguage(language: Language): void {
  writeKept("language", language);
  void i18next.changeLanguage(language);
}

export async function startLanguage(): Promise<void> {
  i18next.on("languageChanged", show);
  await i18next.use(initReactI18next).init({
    lng: pickLanguage(readKept("language"), navigator.languages),
    fallbackLng: "en",
    resources: { en: { translation: en }, ja: { translation: ja } },
    // React escapes, text stays text; but none turns the sentence round.
    interpolation: { escapeValue: true, escape: plain },
  });
  show(i18next.language);
}
