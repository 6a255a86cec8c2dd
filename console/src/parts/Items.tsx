// The items of an inventory's section as a table that is filtered and paged
// here: at most some thousands, which have all arrived.
import { useId, useState } from "react";
import type { ReactNode } from "react";
import { EmptyState, EmptyStateBody, Pagination, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useTranslation } from "react-i18next";
import { filterRows, rowsOf } from "../lib/inventory";
import type { Item, Section } from "../lib/inventory";
import { formatNumber, formatTime } from "../lib/format";

export interface ItemColumn {
  title: string;
  cell: (key: string, item: Item) => ReactNode;
}

interface Asked {
  label: string;
  section: Section | undefined;
  columns: ItemColumn[];
}

const PER_PAGE = 50;

function useRows(section: Section | undefined) {
  const [words, setWords] = useState("");
  const [page, setPage] = useState(1);
  const all = rowsOf(section);
  const rows = filterRows(all, words);
  const last = Math.max(1, Math.ceil(rows.length / PER_PAGE));
  const current = Math.min(page, last);
  return {
    all, rows, words, current, setPage,
    shown: rows.slice((current - 1) * PER_PAGE, current * PER_PAGE),
    setWords: (next: string) => {
      setWords(next);
      setPage(1);
    },
  };
}

export function NoSection() {
  const { t } = useTranslation();
  return (
    <EmptyState titleText={t("computer.noSection")} headingLevel="h3">
      <EmptyStateBody>{t("computer.noSectionText")}</EmptyStateBody>
    </EmptyState>
  );
}

function NothingIn({ text, detail }: { text: string; detail: string }) {
  return (
    <EmptyState titleText={text} headingLevel="h3">
      <EmptyStateBody>{detail}</EmptyStateBody>
    </EmptyState>
  );
}

export function Items({ label, section, columns }: Asked) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const { all, rows, words, current, shown, setPage, setWords } = useRows(section);
  if (!section) return <NoSection />;
  if (all.length === 0) return <NothingIn text={t("history.noItem")} detail={t("history.noItemText")} />;
  const isLong = all.length > PER_PAGE;
  const count = t("computer.shown", {
    shown: formatNumber(rows.length, i18n.language), total: formatNumber(all.length, i18n.language),
  });
  const pages = (variant: "top" | "bottom") => (
    <Pagination isCompact variant={variant} widgetId={`${id}-${variant}`} itemCount={rows.length} page={current} perPage={PER_PAGE} perPageOptions={[]}
      onSetPage={(_event, next) => setPage(next)}
      titles={{
        paginationAriaLabel: `${label} (${t(`common.${variant}`)})`, toPreviousPageAriaLabel: t("common.previous"),
        toNextPageAriaLabel: t("common.next"), optionsToggleAriaLabel: t("computers.perPage"),
      }} />
  );
  return (
    <>
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem>
            <SearchInput value={words} placeholder={t("computer.filter")} aria-label={`${t("computer.filter")}: ${label}`}
              onChange={(_event, next) => setWords(next)} onClear={() => setWords("")}
              resetButtonLabel={t("common.clearSearch")} />
          </ToolbarItem>
          <ToolbarItem alignSelf="center">{count}</ToolbarItem>
          <ToolbarItem alignSelf="center">{t("history.asOf", { time: formatTime(section.updated_at, i18n.language) })}</ToolbarItem>
          {isLong && (
            <ToolbarItem align={{ md: "alignEnd" }}>
              {pages("top")}
            </ToolbarItem>
          )}
        </ToolbarContent>
      </Toolbar>
      {rows.length === 0 && <NothingIn text={t("history.noMatch")} detail={t("history.noMatchText")} />}
      {rows.length > 0 && <Table aria-label={label} variant="compact">
        <Thead><Tr>{columns.map((column) => <Th key={column.title}>{column.title}</Th>)}</Tr></Thead>
        <Tbody>
          {shown.map(([key, item]) => (
            <Tr key={key}>
              {columns.map((column) => (
                <Td key={column.title} dataLabel={column.title} modifier="breakWord">{column.cell(key, item)}</Td>
              ))}
            </Tr>
          ))}
        </Tbody>
      </Table>}
      {isLong && pages("bottom")}
    </>
  );
}
