// Terms and what is known of them; what is not known is left out.
import type { ReactNode } from "react";
import {
  DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm,
} from "@patternfly/react-core";

export type FactRow = [term: string, value: ReactNode];

export function Facts({ rows, isNarrow = false }: { rows: FactRow[]; isNarrow?: boolean }) {
  return (
    <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={isNarrow ? { default: "10ch" } : { default: "12ch", md: "20ch" }}>
      {rows.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([term, value]) => (
        <DescriptionListGroup key={term}>
          <DescriptionListTerm>{term}</DescriptionListTerm>
          <DescriptionListDescription className="w-break">{value}</DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}
