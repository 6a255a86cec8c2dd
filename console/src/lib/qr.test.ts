// The picture is a QR code: size, margin, and the three corners that readers
// look for.
import { describe, expect, it } from "vitest";
import { outline, QUIET } from "./qr";

const URI = "otpauth://totp/Warifu%20central:admin?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Warifu%20central";

describe("a QR code", () => {
  const { size, path } = outline(URI);
  const dark = new Set([...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x} ${y}`));
  const isDark = (x: number, y: number) => dark.has(`${x} ${y}`);

  it("has the size of one and a margin all around", () => {
    expect((size - 2 * QUIET - 17) % 4).toBe(0);
    for (const square of dark)
      for (const place of square.split(" ").map(Number)) {
        expect(place).toBeGreaterThanOrEqual(QUIET);
        expect(place).toBeLessThan(size - QUIET);
      }
  });

  it("has its three corners", () => {
    const far = size - QUIET - 7;
    for (const [left, top] of [[QUIET, QUIET], [far, QUIET], [QUIET, far]] as const)
      for (let y = 0; y < 7; y++)
        for (let x = 0; x < 7; x++) {
          const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
          expect(isDark(left + x, top + y)).toBe(ring !== 2);
        }
  });
});
