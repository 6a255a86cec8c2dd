// In a cell of a table: terms and what is known of them, a line each.
import type { FactRow } from "./Facts";

export function Lines({ rows }: { rows: FactRow[] }) {
  return (
    <>
      {rows.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([term, value]) => (
        <div key={term}><span className="w-term">{term}</span> <span className="w-break">{value}</span></div>
      ))}
    </>
  );
}
