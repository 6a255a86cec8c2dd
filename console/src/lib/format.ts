// Times and numbers in the user's language.
const MINUTE = 60, HOUR = 3600, DAY = 86_400;

export function formatTime(iso: string | null | undefined, language: string): string {
  if (!iso) return "";
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

// "3 minutes ago", "in 5 days".
export function formatDistance(iso: string, language: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(iso) - nowMs) / 1000);
  const size = Math.abs(seconds);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (size < MINUTE) return format.format(seconds, "second");
  if (size < HOUR) return format.format(Math.round(seconds / MINUTE), "minute");
  if (size < DAY) return format.format(Math.round(seconds / HOUR), "hour");
  return format.format(Math.round(seconds / DAY), "day");
}

export function formatNumber(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;

export function formatBytes(bytes: number, language: string): string {
  let power = 0;
  let value = bytes;
  while (value >= 1024 && power < UNITS.length - 1) {
    value /= 1024;
    power++;
  }
  return new Intl.NumberFormat(language, {
    style: "unit", unit: UNITS[power], unitDisplay: power === 0 ? "long" : "short", maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);
}

// "ab:cd:ef:…", as browsers show fingerprints.
export function formatFingerprint(hex: string): string {
  return hex.toUpperCase().match(/../g)?.join(":") ?? hex;
}
