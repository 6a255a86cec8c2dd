// Turns the pages of a list whose length the server counts, of a size to choose.
import { useTranslation } from "react-i18next";
import { Pagination } from "@patternfly/react-core";
import { SIZES } from "../lib/asked";
import { formatNumber } from "../lib/format";
import type { Pages } from "../lib/pages";

interface Asked {
  id: string;
  variant: "top" | "bottom";
  label: string;
  pages: Pages;
  next: string | null;
  count: number;
  total: number | undefined;
  limit: number;
  onSize: (size: number) => void;
  isDisabled: boolean;
}

export function CountedPager({ id, variant, label, pages, next, count, total, limit, onSize, isDisabled }: Asked) {
  const { t, i18n } = useTranslation();
  const from = (pages.number - 1) * limit;
  const number = (value: number) => formatNumber(value, i18n.language);
  const bounds = { from: number(count === 0 ? 0 : from + 1), to: number(from + count) };
  const range = total === undefined ? t("computers.rangeOpen", bounds) : t("computers.range", { ...bounds, total: number(total) });
  return (
    <Pagination
      variant={variant}
      widgetId={`${id}-${variant}`}
      isCompact
      itemCount={total ?? from + count + (next === null ? 0 : 1)}
      page={pages.number}
      perPage={limit}
      perPageOptions={SIZES.map((size) => ({ title: String(size), value: size }))}
      onPerPageSelect={(_event, size) => onSize(size)}
      toggleTemplate={() => <>{range}</>}
      isDisabled={isDisabled}
      onPreviousClick={pages.previous}
      onNextClick={() => next !== null && pages.next(next)}
      titles={{
        paginationAriaLabel: `${label} (${t(`common.${variant}`)})`, toPreviousPageAriaLabel: t("common.previous"),
        toNextPageAriaLabel: t("common.next"), perPageSuffix: "", optionsToggleAriaLabel: `${range} ${t("computers.perPage")}`,
      }}
    />
  );
}
