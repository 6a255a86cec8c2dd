// CSV (RFC 4180) of what this page knows; nothing in it runs in a spreadsheet.
// The wide ones are a formula in Japanese; some pass over spaces before it.
const RUNS = /^[ \u00A0\u3000]*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
// eslint-disable-next-line no-control-regex -- these are what is looked for
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

export function cellOf(text: string): string {
  const safe = text.replaceAll('"', '""')
    .replace(UNSAFE, (one) => `\\u${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
  return `"${RUNS.test(text) ? "'" : ""}${safe}"`;
}

// With the mark that Excel needs.
export function csvOf(titles: string[], rows: string[][]): string {
  return `\uFEFF${[titles, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("")}`;
}

// Give the browser a file to keep.
export function save(contents: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(contents);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
