// What a person types for a setting, and what that means: a whole number within
// bounds; nothing where the configuration file is to decide.
export interface Bounds {
  least: number;
  most: number;
  isOptional: boolean;
}

export function textOf(value: number | null): string {
  return value === null ? "" : String(value);
}

// undefined: it is no value.
export function readSetting(text: string, { least, most, isOptional }: Bounds): number | null | undefined {
  const plain = text.trim();
  if (plain === "") return isOptional ? null : undefined;
  if (!/^\d{1,6}$/.test(plain)) return undefined;
  const value = Number(plain);
  return value >= least && value <= most ? value : undefined;
}
