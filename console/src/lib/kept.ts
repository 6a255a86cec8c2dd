// Small choices of the user, kept in this browser. None of them is secret.
import { useState } from "react";

const PREFIX = "warifu.";

export function readKept(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage is switched off
  }
}

export function writeKept(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // then it is forgotten with this page
  }
}

export function useKept(name: string, standard: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => readKept(name) ?? standard);
  return [value, (next) => {
    writeKept(name, next);
    setValue(next);
  }];
}
