// A QR code, dark on light in either appearance, for readers know no other.
import { useMemo } from "react";
import { outline } from "../lib/qr";

export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => outline(text), [text]);
  return (
    <svg className="w-qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
