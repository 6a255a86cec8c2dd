// The table of computers: its columns, its order, and which are chosen.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Checkbox } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { ThProps } from "@patternfly/react-table";
import type { Computer } from "../api/client";
import type { ComputerSort } from "../api/queries";
import { formatNumber } from "../lib/format";
import { nameOf } from "../lib/name";
import { isChosen, toggle, toggleAll } from "../lib/selection";
import type { Selection } from "../lib/selection";
import { Live, StateLabel } from "./Live";
import { Time } from "./Time";

export const COLUMNS = [
  "name", "status", "office", "os", "address", "agentVersion", "lastSeen", "enrolled", "software", "serial",
  "architecture", "state",
] as const;
export type Column = (typeof COLUMNS)[number];
export const STANDARD: Column[] = ["name", "status", "office", "os", "address", "lastSeen", "state"];
const SORTED: Partial<Record<Column, "name" | "os" | "last_seen_at" | "enrolled_at" | "state">> = {
  name: "name", os: "os", lastSeen: "last_seen_at", enrolled: "enrolled_at", state: "state",
};
const TIGHT: Column[] = ["status", "address", "agentVersion", "lastSeen", "enrolled", "software", "serial", "state"];
// Words wrap, but not to a letter a line: the table scrolls in its frame before.
function widthOf(column: Column): string {
  return column === "name" ? "w-name" : TIGHT.includes(column) ? "" : "w-words";
}

// What a column is in an exported file.
const EXPORTED: Record<Column, string[]> = {
  name: ["name"], status: ["live"], office: ["office"], os: ["os_name", "os_version"], address: ["address"],
  agentVersion: ["agent_version"], lastSeen: ["last_seen_at"], enrolled: ["enrolled_at"], software: ["software_count"],
  serial: ["hardware_serial"], architecture: ["architecture"], state: ["state"],
};

export function useColumnText(): (column: Column) => string {
  const { t } = useTranslation();
  return (column) => t(column === "name" ? "common.name" : `computers.${column}`);
}

export function exportedColumns(shown: readonly Column[]): string[] {
  return [...COLUMNS.filter((column) => shown.includes(column)).flatMap((column) => EXPORTED[column]), "id"];
}

function Cell({ column, computer, offices }: { column: Column; computer: Computer; offices: Map<string, string> }) {
  const { i18n } = useTranslation();
  switch (column) {
    case "name":
      return <Link to={`/computers/${computer.id}`} className="w-break">{nameOf(computer)}</Link>;
    case "status":
      return <Live computer={computer} />;
    case "office":
      return offices.get(computer.office_id) ?? "";
    case "os":
      return [computer.os_name, computer.os_version].filter(Boolean).join(" ");
    case "address":
      return computer.address;
    case "agentVersion":
      return computer.agent_version;
    case "lastSeen":
      return <Time at={computer.last_seen_at} />;
    case "enrolled":
      return <Time at={computer.enrolled_at} isExact />;
    case "software":
      return formatNumber(computer.software_count, i18n.language);
    case "serial":
      return computer.hardware_serial;
    case "architecture":
      return computer.architecture;
    case "state":
      return <StateLabel computer={computer} />;
  }
}

interface Asked {
  items: Computer[];
  shown: Column[];
  sort: ComputerSort;
  offices: Map<string, string>;
  onSort: (sort: string) => void;
  selection: Selection | null; // null: nothing can be done to any
  onSelect: (selection: Selection) => void;
}

function PageBox({ items, selection, onSelect }: { items: Computer[]; selection: Selection; onSelect: (next: Selection) => void }) {
  const { t } = useTranslation();
  const chosen = items.filter(({ id }) => isChosen(selection, id)).length;
  const isWhole = chosen === items.length;
  return (
    <Checkbox id="choose-page" aria-label={t("bulk.choosePage")} isChecked={isWhole ? true : chosen > 0 ? null : false}
      onChange={() => onSelect(toggleAll(selection, items, !isWhole))} />
  );
}

export function ComputerList({ items, shown, sort, offices, onSort, selection, onSelect }: Asked) {
  const { t } = useTranslation();
  const textOf = useColumnText();
  const columns = COLUMNS.filter((column) => shown.includes(column));
  function sortOf(column: Column, columnIndex: number): ThProps["sort"] {
    const word = SORTED[column];
    if (!word) return undefined;
    const isThis = sort.replace(/^-/, "") === word;
    return {
      columnIndex,
      sortBy: isThis ? { index: columnIndex, direction: sort.startsWith("-") ? "desc" : "asc" } : {},
      onSort: (_event, _index, direction) => onSort((direction as string) === "desc" ? `-${word}` : word),
    };
  }
  return (
    <div className="w-scroll">
      <Table aria-label={t("computers.table")} variant="compact">
        <Thead>
          <Tr>
            {selection && <Th modifier="fitContent"><PageBox items={items} selection={selection} onSelect={onSelect} /></Th>}
            {columns.map((column, index) => (
              <Th key={column} modifier="nowrap" className={widthOf(column)} sort={sortOf(column, index)}>{textOf(column)}</Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {items.map((computer) => (
            <Tr key={computer.id}>
              {selection && (
                <Td modifier="fitContent">
                  <Checkbox id={`choose-${computer.id}`} aria-label={t("bulk.choose", { name: nameOf(computer) })}
                    isChecked={isChosen(selection, computer.id)}
                    onChange={() => onSelect(toggle(selection, computer.id, nameOf(computer)))} />
                </Td>
              )}
              {columns.map((column) => (
                <Td key={column} modifier={TIGHT.includes(column) ? "nowrap" : "breakWord"} dataLabel={textOf(column)}>
                  <Cell column={column} computer={computer} offices={offices} />
                </Td>
              ))}
            </Tr>
          ))}
        </Tbody>
      </Table>
    </div>
  );
}
