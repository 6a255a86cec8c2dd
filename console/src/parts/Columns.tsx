// Which columns a table shows; kept in this browser.
import { useState } from "react";
import { MenuToggle, Select, SelectList, SelectOption } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { readColumns } from "../lib/asked";
import { useKept } from "../lib/kept";

export function useColumns<Name extends string>(table: string, all: readonly Name[], standard: readonly Name[]) {
  const [text, setText] = useKept(`columns.${table}`, "");
  const shown = readColumns(text, all, standard);
  function toggle(name: Name) {
    const next = shown.includes(name) ? shown.filter((one) => one !== name) : [...shown, name];
    if (next.length > 0) setText(next.join(","));
  }
  return { shown, toggle };
}

interface Asked<Name extends string> {
  all: readonly Name[];
  shown: Name[];
  textOf: (name: Name) => string;
  onToggle: (name: Name) => void;
}

export function Columns<Name extends string>({ all, shown, textOf, onToggle }: Asked<Name>) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <Select
      role="menu"
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={(_event, name) => onToggle(name as Name)}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setOpen(!isOpen)}>{t("computers.columns")}</MenuToggle>
      )}
    >
      <SelectList aria-label={t("computers.columns")}>
        {all.map((name) => (
          <SelectOption key={name} value={name} hasCheckbox isSelected={shown.includes(name)}>{textOf(name)}</SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}
