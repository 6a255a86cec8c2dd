// The list of computers: the server pages, sorts, searches and filters. The
// address holds what is asked, so that it can be kept and sent to others.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import {
  Button, EmptyState, EmptyStateBody, Label, PageSection, Pagination, SearchInput, Toolbar, ToolbarContent, ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { ThProps } from "@patternfly/react-table";
import type { Computer } from "../api/client";
import { computersQuery } from "../api/queries";
import type { ComputerSort } from "../api/queries";
import { readAsked, SEEN_DAYS, SIZES, STATES } from "../lib/asked";
import { formatNumber } from "../lib/format";
import { useMay } from "../lib/may";
import { useOffices } from "../lib/offices";
import { Choice } from "../parts/Choice";
import { Columns, useColumns } from "../parts/Columns";
import { Live, StateLabel } from "../parts/Live";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { Time } from "../parts/Time";

const COLUMNS = [
  "name", "status", "office", "os", "address", "agentVersion", "lastSeen", "enrolled", "software", "serial",
  "architecture", "state",
] as const;
type Column = (typeof COLUMNS)[number];
const STANDARD: Column[] = ["name", "status", "office", "os", "address", "lastSeen", "state"];
const SORTED: Partial<Record<Column, "name" | "os" | "last_seen_at" | "enrolled_at" | "state">> = {
  name: "name", os: "os", lastSeen: "last_seen_at", enrolled: "enrolled_at", state: "state",
};
const TIGHT: Column[] = ["status", "address", "agentVersion", "lastSeen", "enrolled", "software", "serial", "state"];
const TYPING_MS = 300;

function useAsked() {
  const [search, setSearch] = useSearchParams();
  // One cursor for each page that was gone past; any other question starts anew.
  const [cursors, setCursors] = useState<string[]>([]);
  const asked = readAsked(search);
  function set(name: string, value: string) {
    setCursors([]);
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    }, { replace: true });
  }
  function clear() {
    setCursors([]);
    setSearch({}, { replace: true });
  }
  return { asked, cursors, setCursors, set, clear };
}

function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
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

function Cell({ column, computer, offices }: { column: Column; computer: Computer; offices: Map<string, string> }) {
  const { i18n } = useTranslation();
  switch (column) {
    case "name":
      return <Link to={`/computers/${computer.id}`} className="w-break">{computer.name}</Link>;
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

interface ListAsked {
  items: Computer[];
  shown: Column[];
  sort: ComputerSort;
  offices: Map<string, string>;
  onSort: (sort: string) => void;
}

function List({ items, shown, sort, offices, onSort }: ListAsked) {
  const { t } = useTranslation();
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
          {columns.map((column, index) => (
            <Th key={column} modifier="nowrap" className={column === "name" ? "w-name" : ""} sort={sortOf(column, index)}>{t(column === "name" ? "common.name" : `computers.${column}`)}</Th>
          ))}
        </Tr>
      </Thead>
      <Tbody>
        {items.map((computer) => (
          <Tr key={computer.id}>
            {columns.map((column) => (
              <Td key={column} modifier={TIGHT.includes(column) ? "nowrap" : "breakWord"} dataLabel={t(column === "name" ? "common.name" : `computers.${column}`)}>
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

export function ComputersPage() {
  const { t, i18n } = useTranslation();
  const { asked, cursors, setCursors, set, clear } = useAsked();
  const cursor = cursors.at(-1);
  const { data, error, isPlaceholderData, refetch } = useQuery(computersQuery({ ...asked, ...(cursor && { cursor }) }));
  const first = useQuery({ ...computersQuery(asked), enabled: cursors.length === 0 });
  const offices = useOffices();
  const hasOffices = useMay("offices", "read");
  const mayEnrol = useMay("enrolment", "write");
  const all = COLUMNS.filter((column) => column !== "office" || hasOffices);
  const columns = useColumns("computers", all, STANDARD.filter((column) => all.includes(column)));
  const names = new Map(offices.map((office) => [office.id, office.name]));
  const total = first.data?.total ?? undefined;
  const from = cursors.length * asked.limit;
  const count = data?.items.length ?? 0;
  const isFiltered = Boolean(asked.search ?? asked.office_id ?? asked.state ?? asked.os_name ?? asked.not_seen_days);
  const textOf = (column: Column) => t(column === "name" ? "common.name" : `computers.${column}`);
  const number = (value: number) => formatNumber(value, i18n.language);
  const range = total === undefined
    ? t("computers.rangeOpen", { from: number(count === 0 ? 0 : from + 1), to: number(from + count) })
    : t("computers.range", { from: number(count === 0 ? 0 : from + 1), to: number(from + count), total: number(total) });
  // On a phone the upper one has no buttons: PatternFly leaves them to the lower.
  const pages = (variant: "top" | "bottom") => (
    <Pagination
      variant={variant}
      widgetId={`computers-${variant}`}
      isCompact
      itemCount={total ?? from + count + (data?.next_cursor ? 1 : 0)}
      page={cursors.length + 1}
      perPage={asked.limit}
      perPageOptions={SIZES.map((size) => ({ title: String(size), value: size }))}
      onPerPageSelect={(_event, size) => set("size", String(size))}
      toggleTemplate={() => <>{range}</>}
      isDisabled={isPlaceholderData}
      onPreviousClick={() => setCursors(cursors.slice(0, -1))}
      onNextClick={() => data?.next_cursor && setCursors([...cursors, data.next_cursor])}
      titles={{
        paginationAriaLabel: `${t("computers.table")} (${t(`common.${variant}`)})`, toPreviousPageAriaLabel: t("common.previous"),
        toNextPageAriaLabel: t("common.next"), perPageSuffix: "", optionsToggleAriaLabel: `${range} ${t("computers.perPage")}`,
      }}
    />
  );
  return (
    <>
      <PageHead title={t("computers.title")} />
      <PageSection>
        <Toolbar {...(isFiltered && { clearAllFilters: clear })} clearFiltersButtonText={t("common.clearFilters")}>
          <ToolbarContent>
            <ToolbarItem><SearchBox value={asked.search ?? ""} onChange={(value) => set("search", value)} /></ToolbarItem>
            <ToolbarGroup variant="filter-group" className="w-wrap">
              {hasOffices && (
                <ToolbarItem>
                  <Choice label={t("computers.office")} value={asked.office_id ?? ""} onChange={(value) => set("office", value)}
                    options={[{ value: "", text: t("computers.anyOffice") },
                      ...offices.map((office) => ({ value: office.id, text: office.name }))]} />
                </ToolbarItem>
              )}
              <ToolbarItem>
                <Choice label={t("computers.state")} value={asked.state ?? ""} onChange={(value) => set("state", value)}
                  options={[{ value: "", text: t("computers.anyState") },
                    ...STATES.map((state) => ({ value: state, text: t(`state.${state}`) }))]} />
              </ToolbarItem>
              <ToolbarItem>
                <Choice label={t("computers.lastSeen")} value={String(asked.not_seen_days ?? "")}
                  onChange={(value) => set("seen", value)}
                  options={[{ value: "", text: t("computers.anySeen") },
                    ...SEEN_DAYS.map((days) => ({ value: String(days), text: t("computers.notSeen", { count: days }) }))]} />
              </ToolbarItem>
              {asked.os_name && (
                <ToolbarItem alignSelf="center">
                  <Label color="blue" onClose={() => set("os", "")} closeBtnAriaLabel={t("common.clearFilters")}>
                    {t("computers.osIs", { name: asked.os_name })}
                  </Label>
                </ToolbarItem>
              )}
              {isFiltered && (
                <ToolbarItem><Button variant="link" onClick={clear}>{t("common.clearFilters")}</Button></ToolbarItem>
              )}
            </ToolbarGroup>
            <ToolbarGroup align={{ md: "alignEnd" }} className="w-wrap">
              <ToolbarItem>
                <Columns all={all} shown={columns.shown} textOf={textOf} onToggle={columns.toggle} />
              </ToolbarItem>
              <ToolbarItem>
                {pages("top")}
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && count > 0 && (
          <List items={data.items} shown={columns.shown} sort={asked.sort} offices={names}
            onSort={(sort) => set("sort", sort === "name" ? "" : sort)} />
        )}
        {data && pages("bottom")}
        {data && count === 0 && (
          <EmptyState titleText={isFiltered ? t("computers.empty") : t("home.empty")} headingLevel="h2">
            {(isFiltered || mayEnrol) && (
              <EmptyStateBody>{isFiltered ? t("computers.emptyText") : t("home.emptyText")}</EmptyStateBody>
            )}
          </EmptyState>
        )}
      </PageSection>
    </>
  );
}
