// Turns the pages of a list whose length nobody has counted; nothing where it
// has one page.
import { Pagination } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../lib/format";
import type { Pages } from "../lib/pages";

interface Asked {
  label: string;
  pages: Pages;
  limit: number;
  count: number;
  next: string | null;
  isDisabled?: boolean;
}

export function Pager({ label, pages, limit, count, next, isDisabled = false }: Asked) {
  const { t, i18n } = useTranslation();
  if (pages.number === 1 && next === null) return null;
  const from = (pages.number - 1) * limit;
  const number = (value: number) => formatNumber(value, i18n.language);
  const range = t("computers.rangeOpen", { from: number(count === 0 ? 0 : from + 1), to: number(from + count) });
  return (
    <Pagination
      variant="bottom"
      isCompact
      itemCount={from + count + (next === null ? 0 : 1)}
      page={pages.number}
      perPage={limit}
      perPageOptions={[]}
      isDisabled={isDisabled}
      onPreviousClick={pages.previous}
      onNextClick={() => next !== null && pages.next(next)}
      titles={{
        paginationAriaLabel: `${t("pages.of")} ${label}`, toPreviousPageAriaLabel: t("common.previous"),
        toNextPageAriaLabel: t("common.next"),
      }}
    >
      <span className="w-range">{range}</span>
    </Pagination>
  );
}
