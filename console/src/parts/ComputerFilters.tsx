// What narrows the list of computers: a table of filters, and what is chosen in
// them as labels that take it back.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Flex, FlexItem, Label, SearchInput, ToolbarGroup, ToolbarItem } from "@patternfly/react-core";
import type { ComputersAsked } from "../api/queries";
import { SEEN_DAYS, STATES } from "../lib/asked";
import { useGroups } from "../lib/groups";
import { useMay } from "../lib/may";
import { useOffices } from "../lib/offices";
import { Choice } from "./Choice";

const TYPING_MS = 300;

export interface Filter {
  name: string; // in the address
  label: string;
  value: string; // "": not filtered by that
  text: string; // of the value
  options: { value: string; text: string }[]; // empty: it comes by a link alone
}

// One more filter is one more entry here, and its reading in lib/asked.ts.
export function useFilters(asked: Omit<ComputersAsked, "cursor">): Filter[] {
  const { t } = useTranslation();
  const offices = useOffices();
  const hasOffices = useMay("offices", "read");
  const groups = useGroups();
  const filters: (Omit<Filter, "text"> & { text?: string })[] = [
    {
      name: "office", label: t("computers.office"), value: asked.office_id ?? "",
      options: hasOffices ? [{ value: "", text: t("computers.anyOffice") },
        ...offices.map((office) => ({ value: office.id, text: office.name }))] : [],
    },
    {
      name: "group", label: t("groups.one"), value: asked.group_id ?? "",
      options: groups.length > 0 ? [{ value: "", text: t("groups.anyGroup") },
        ...groups.map((group) => ({ value: group.id, text: group.name }))] : [],
    },
    {
      name: "state", label: t("computers.state"), value: asked.state ?? "",
      options: [{ value: "", text: t("computers.anyState") },
        ...STATES.map((state) => ({ value: state, text: t(`state.${state}`) }))],
    },
    {
      name: "seen", label: t("computers.lastSeen"), value: String(asked.not_seen_days ?? ""),
      options: [{ value: "", text: t("computers.anySeen") },
        ...SEEN_DAYS.map((days) => ({ value: String(days), text: t("computers.notSeen", { count: days }) }))],
    },
    { name: "os", label: t("computers.os"), value: asked.os_name ?? "", options: [] },
    { name: "agent", label: t("computers.agentVersion"), value: asked.agent_version ?? "", options: [] },
    {
      name: "certificate", label: t("alerts.filter.certificate"), value: asked.certificate ?? "", options: [],
      text: asked.certificate ? t(`alerts.filter.${asked.certificate}`) : "",
    },
    {
      name: "duplicate", label: t("alerts.filter.identity"), value: asked.duplicate ?? "", options: [],
      text: t("alerts.filter.duplicate"),
    },
  ];
  return filters.map((filter) => ({
    ...filter, text: filter.text ?? filter.options.find((option) => option.value === filter.value)?.text ?? filter.value,
  }));
}

export function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const [asked, setAsked] = useState(value);
  // Cleared from outside.
  if (value !== asked) {
    setAsked(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => {
      setAsked(text);
      onChange(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <SearchInput value={text} placeholder={t("computers.search")} aria-label={t("computers.search")}
      onChange={(_event, next) => setText(next)} onClear={() => setText("")} resetButtonLabel={t("common.clearSearch")}
      style={{ minInlineSize: "17rem" }} maxLength={128} />
  );
}

interface Asked {
  filters: Filter[];
  onSet: (name: string, value: string) => void;
}

export function FilterChoices({ filters, onSet }: Asked) {
  return (
    <ToolbarGroup variant="filter-group" className="w-wrap">
      {filters.filter(({ options }) => options.length > 0).map(({ name, label, value, options }) => (
        <ToolbarItem key={name}>
          <Choice label={label} value={value} options={options} onChange={(next) => onSet(name, next)} />
        </ToolbarItem>
      ))}
    </ToolbarGroup>
  );
}

// What is filtered by now; search: what is looked for.
export function FilterLabels({ filters, search, onSet, onClear }: Asked & { search: string; onClear: () => void }) {
  const { t } = useTranslation();
  const set = [
    ...(search ? [{ name: "search", label: t("bulk.search"), text: search }] : []),
    ...filters.filter(({ value }) => value !== ""),
  ];
  if (set.length === 0) return null;
  return (
    <Flex className="w-wrap" gap={{ default: "gapSm" }} alignItems={{ default: "alignItemsCenter" }} role="group" aria-label={t("bulk.filters")}>
      {set.map(({ name, label, text }) => (
        <FlexItem key={name}>
          <Label color="blue" onClose={() => onSet(name, "")} closeBtnAriaLabel={t("bulk.dropFilter", { name: label })}>
            {t("bulk.filterIs", { name: label, value: text })}
          </Label>
        </FlexItem>
      ))}
      <FlexItem><Button variant="link" isInline onClick={onClear}>{t("common.clearFilters")}</Button></FlexItem>
    </Flex>
  );
}
