// The list of computers: the server pages, sorts, searches and filters. The
// address holds what is asked, so that it can be kept and sent to others.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useMutation, useQuery } from "@tanstack/react-query";
import {
  Button, EmptyState, EmptyStateBody, PageSection, Pagination, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem,
} from "@patternfly/react-core";
import { saveComputers } from "../api/computers";
import { computersQuery } from "../api/queries";
import type { ComputersAsked } from "../api/queries";
import { useProblemText } from "../i18n/problem";
import { filterOf, readAsked, SIZES } from "../lib/asked";
import { formatNumber } from "../lib/format";
import { useMay } from "../lib/may";
import { useOfficeNames } from "../lib/offices";
import { EMPTY } from "../lib/selection";
import type { Selection } from "../lib/selection";
import { BulkBar } from "../parts/BulkBar";
import { Columns, useColumns } from "../parts/Columns";
import { FilterChoices, FilterLabels, SearchBox, useFilters } from "../parts/ComputerFilters";
import { COLUMNS, ComputerList, exportedColumns, STANDARD, useColumnText } from "../parts/ComputerList";
import type { Column } from "../parts/ComputerList";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { useToast } from "../parts/Toasts";

// Of the address: not what is looked for, but how it is shown.
const SHOWING = ["sort", "size"];

function useAsked() {
  const [search, setSearch] = useSearchParams();
  // One cursor for each page that was gone past; any other question starts anew.
  const [cursors, setCursors] = useState<string[]>([]);
  // A choice among those that match ends when others do.
  const [selection, setSelection] = useState<Selection>(EMPTY);
  const asked = readAsked(search);
  function set(name: string, value: string) {
    setCursors([]);
    if (!SHOWING.includes(name)) setSelection(EMPTY);
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    }, { replace: true });
  }
  function clear() {
    setCursors([]);
    setSelection(EMPTY);
    setSearch({}, { replace: true });
  }
  return { asked, cursors, setCursors, selection, setSelection, set, clear };
}

function ExportButton({ asked, shown }: { asked: Omit<ComputersAsked, "cursor">; shown: Column[] }) {
  const { t } = useTranslation();
  const toast = useToast();
  const text = useProblemText();
  const act = useMutation({
    mutationFn: () => saveComputers(filterOf(asked), exportedColumns(shown)),
    onError: (error) => toast("danger", text(error)),
  });
  return (
    <Button variant="secondary" isLoading={act.isPending} isDisabled={act.isPending} onClick={() => act.mutate()}>
      {t("bulk.csv")}
    </Button>
  );
}

export function ComputersPage() {
  const { t, i18n } = useTranslation();
  const { asked, cursors, setCursors, selection, setSelection, set, clear } = useAsked();
  const cursor = cursors.at(-1);
  const { data, error, isPlaceholderData, refetch } = useQuery(computersQuery({ ...asked, ...(cursor && { cursor }) }));
  const first = useQuery({ ...computersQuery(asked), enabled: cursors.length === 0 });
  const names = useOfficeNames();
  const hasOffices = useMay("offices", "read");
  const mayGroup = useMay("groups", "write");
  const mayDo = useMay("computers", "write") || mayGroup;
  const mayEnrol = useMay("enrolment", "write");
  const all = COLUMNS.filter((column) => column !== "office" || hasOffices);
  const columns = useColumns("computers", all, STANDARD.filter((column) => all.includes(column)));
  const filters = useFilters(asked);
  const textOf = useColumnText();
  const total = first.data?.total ?? undefined;
  const from = cursors.length * asked.limit;
  const count = data?.items.length ?? 0;
  const isFiltered = Boolean(asked.search) || filters.some(({ value }) => value !== "");
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
        <Toolbar>
          <ToolbarContent>
            <ToolbarItem><SearchBox value={asked.search ?? ""} onChange={(value) => set("search", value)} /></ToolbarItem>
            <FilterChoices filters={filters} onSet={set} />
            <ToolbarGroup align={{ md: "alignEnd" }} className="w-wrap">
              <ToolbarItem>
                <Columns all={all} shown={columns.shown} textOf={textOf} onToggle={columns.toggle} />
              </ToolbarItem>
              <ToolbarItem><ExportButton asked={asked} shown={columns.shown} /></ToolbarItem>
              <ToolbarItem>{pages("top")}</ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
        <FilterLabels filters={filters} search={asked.search ?? ""} onSet={set} onClear={clear} />
        {mayDo && data && count > 0 && (
          <BulkBar selection={selection} onSelect={setSelection} asked={asked} total={total} />
        )}
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && count > 0 && (
          <ComputerList items={data.items} shown={columns.shown} sort={asked.sort} offices={names}
            onSort={(sort) => set("sort", sort === "name" ? "" : sort)}
            selection={mayDo ? selection : null} onSelect={setSelection} />
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
