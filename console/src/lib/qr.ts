// A QR code as the outline of its dark squares, for one path of an SVG.
import { encode } from "uqr";

export const QUIET = 4; // squares of margin that readers need

export interface Outline {
  size: number; // squares on each side, margin included
  path: string;
}

export function outline(text: string): Outline {
  const { data, size } = encode(text, { ecc: "M", border: QUIET });
  const rows = data.map((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")).join(""));
  return { size, path: rows.join("") };
}
