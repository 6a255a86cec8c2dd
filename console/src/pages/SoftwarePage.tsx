// All software over all computers: the server pages, sorts and searches. The
// address holds what is asked.
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import {
  Alert, Button, EmptyState, EmptyStateBody, PageSection, Progress, Toolbar, ToolbarContent, ToolbarItem,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { ThProps } from "@patternfly/react-table";
import type { Schemas } from "../api/client";
import { softwareQuery } from "../api/software";
import type { SoftwareSort } from "../api/software";
import { formatNumber } from "../lib/format";
import { usePages } from "../lib/pages";
import { readSoftwareAsked } from "../lib/software";
import { CountedPager } from "../parts/CountedPager";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { SearchText } from "../parts/SearchText";

type Title = Schemas["SoftwareTitle"];

function Counting({ counting }: { counting: { done: number; total: number } }) {
  const { t, i18n } = useTranslation();
  const text = t("software.counting", {
    done: formatNumber(counting.done, i18n.language), total: formatNumber(counting.total, i18n.language),
  });
  return (
    <Alert variant="info" isInline title={t("software.countingTitle")} component="p">
      <Progress aria-label={t("software.countingTitle")} title={text} value={counting.done} max={counting.total} measureLocation="none" />
    </Alert>
  );
}

function List({ items, sort, onSort }: { items: Title[]; sort: SoftwareSort; onSort: (sort: SoftwareSort) => void }) {
  const { t, i18n } = useTranslation();
  function sortOf(word: "name" | "computers", columnIndex: number): ThProps["sort"] {
    const isThis = sort.replace(/^-/, "") === word;
    return {
      columnIndex,
      // Of numbers the largest are wanted first.
      sortBy: isThis ? { index: columnIndex, direction: sort.startsWith("-") ? "desc" : "asc" }
        : { defaultDirection: word === "computers" ? "desc" : "asc" },
      onSort: (_event, _index, direction) => onSort((direction as string) === "desc" ? `-${word}` : word),
    };
  }
  return (
    <div className="w-scroll">
      <Table aria-label={t("software.table")} variant="compact">
        <Thead>
          <Tr>
            <Th className="w-name" sort={sortOf("name", 0)}>{t("common.name")}</Th>
            <Th modifier="nowrap">{t("software.format")}</Th>
            <Th modifier="nowrap" sort={sortOf("computers", 2)}>{t("computers.title")}</Th>
            <Th modifier="nowrap">{t("software.versions")}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {items.map((title) => (
            <Tr key={title.id}>
              <Td dataLabel={t("common.name")} modifier="breakWord"><Link to={`/software/${title.id}`} className="w-break">{title.name}</Link></Td>
              <Td dataLabel={t("software.format")}>{title.format === "other" ? t("software.formatOther") : title.format}</Td>
              <Td dataLabel={t("computers.title")}>{formatNumber(title.computers, i18n.language)}</Td>
              <Td dataLabel={t("software.versions")}>{formatNumber(title.versions, i18n.language)}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </div>
  );
}

function Empty({ isFiltered, isCounting, onClear }: { isFiltered: boolean; isCounting: boolean; onClear: () => void }) {
  const { t } = useTranslation();
  if (isFiltered)
    return (
      <EmptyState titleText={t("software.noneFound")} headingLevel="h2">
        <EmptyStateBody><Button variant="link" onClick={onClear}>{t("common.clearFilters")}</Button></EmptyStateBody>
      </EmptyState>
    );
  return (
    <EmptyState titleText={t("software.empty")} headingLevel="h2">
      <EmptyStateBody>{isCounting ? t("software.emptyCounting") : t("software.emptyText")}</EmptyStateBody>
    </EmptyState>
  );
}

export function SoftwarePage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const pages = usePages();
  const asked = readSoftwareAsked(search);
  const { data, error, isPlaceholderData, refetch } = useQuery(softwareQuery({ ...asked, ...pages.part }));
  // Only the first page says the total.
  const first = useQuery({ ...softwareQuery(asked), enabled: pages.number === 1 });
  const count = data?.items.length ?? 0;
  function set(name: string, value: string) {
    pages.begin();
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    }, { replace: true });
  }
  const pager = (variant: "top" | "bottom") => (
    <CountedPager id="software" variant={variant} label={t("software.table")} pages={pages} next={data?.next_cursor ?? null} count={count}
      total={first.data?.total ?? undefined} limit={asked.limit}
      onSize={(size) => set("size", String(size))} isDisabled={isPlaceholderData} />
  );
  const address = new URLSearchParams(asked.search ? { search: asked.search } : {}).toString();
  return (
    <>
      <PageHead title={t("software.title")}>
        <Button variant="secondary" component="a" href={`/api/v1/software/export${address && `?${address}`}`}>{t("software.export")}</Button>
      </PageHead>
      <PageSection>
        {data?.counting && <Counting counting={data.counting} />}
        <Toolbar>
          <ToolbarContent>
            <ToolbarItem>
              <SearchText label={t("software.search")} value={asked.search ?? ""} onChange={(value) => set("search", value)} />
            </ToolbarItem>
            <ToolbarItem align={{ md: "alignEnd" }}>{pager("top")}</ToolbarItem>
          </ToolbarContent>
        </Toolbar>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && count > 0 && (
          <List items={data.items} sort={asked.sort} onSort={(sort) => set("sort", sort === "name" ? "" : sort)} />
        )}
        {data && pager("bottom")}
        {data && count === 0 && (
          <Empty isFiltered={Boolean(asked.search)} isCounting={Boolean(data.counting)} onClear={() => set("search", "")} />
        )}
      </PageSection>
    </>
  );
}
