// Light, dark, or as the system says.
import { readKept, writeKept } from "./kept";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const media = globalThis.matchMedia("(prefers-color-scheme: dark)");

export function readTheme(): Theme {
  const kept = readKept("theme");
  return THEMES.find((theme) => theme === kept) ?? "system";
}

export function isDark(theme: Theme, systemIsDark: boolean): boolean {
  return theme === "dark" || (theme === "system" && systemIsDark);
}

function show(): void {
  document.documentElement.classList.toggle("pf-v6-theme-dark", isDark(readTheme(), media.matches));
}

export function chooseTheme(theme: Theme): void {
  writeKept("theme", theme);
  show();
}

export function startTheme(): void {
  media.addEventListener("change", show);
  show();
}
