// How many computers are chosen, how to choose all that match, and what can be
// done to them.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Flex, FlexItem } from "@patternfly/react-core";
import type { ComputersAsked } from "../api/queries";
import { filterOf } from "../lib/asked";
import type { BulkAction } from "../lib/bulk";
import { formatNumber } from "../lib/format";
import { useStaticGroups } from "../lib/groups";
import { useReach } from "../lib/may";
import { ALL, countOf, EMPTY } from "../lib/selection";
import type { Selection } from "../lib/selection";
import { BulkDialog } from "./BulkDialog";
import { ToGroupDialog } from "./groups/ToGroupDialog";

const ACTIONS: { action: BulkAction; level: "write" | "full" }[] = [
  { action: "refresh", level: "write" }, { action: "move", level: "write" },
  { action: "retire", level: "full" }, { action: "revoke", level: "full" },
];

interface Asked {
  selection: Selection;
  onSelect: (selection: Selection) => void;
  asked: Omit<ComputersAsked, "cursor">;
  total: number | undefined;
}

export function BulkBar({ selection, onSelect, asked, total }: Asked) {
  const { t, i18n } = useTranslation();
  const reach = useReach();
  const mayDo = (action: BulkAction, level: "write" | "full") =>
    reach("computers", level) && (action !== "move" || reach("offices", "read"));
  // What was chosen stays as it is while its dialog is open.
  const [open, setOpen] = useState<{ action: BulkAction; selection: Selection } | null>(null);
  const [toGroup, setToGroup] = useState<Selection | null>(null);
  const groups = useStaticGroups();
  const isToGroup = reach("groups", "write") && groups.length > 0;
  const count = countOf(selection, total ?? 0);
  const number = (value: number) => formatNumber(value, i18n.language);
  const isAll = selection.isAll && selection.ids.size === 0;
  return (
    <>
      <Flex className="w-wrap w-bulk" alignItems={{ default: "alignItemsCenter" }} role="group" aria-label={t("bulk.bar")}>
        <FlexItem>
          <span role="status">{isAll ? t("bulk.allChosen", { formatted: number(count), count }) : t("bulk.chosen", { formatted: number(count), count })}</span>
        </FlexItem>
        {total !== undefined && !isAll && (
          <FlexItem>
            <Button variant="link" isInline onClick={() => onSelect(ALL)}>{t("bulk.chooseAll", { formatted: number(total), count: total })}</Button>
          </FlexItem>
        )}
        {(count > 0 || selection.isAll) && (
          <FlexItem><Button variant="link" isInline onClick={() => onSelect(EMPTY)}>{t("bulk.chooseNone")}</Button></FlexItem>
        )}
        {count > 0 && ACTIONS.filter(({ action, level }) => mayDo(action, level)).map(({ action }) => (
          <FlexItem key={action}>
            <Button variant={action === "revoke" ? "danger" : "secondary"} size="sm" onClick={() => setOpen({ action, selection })}>
              {t(`action.${action}`)}
            </Button>
          </FlexItem>
        ))}
        {count > 0 && isToGroup && (
          <FlexItem><Button variant="secondary" size="sm" onClick={() => setToGroup(selection)}>{t("groups.toGroup")}</Button></FlexItem>
        )}
      </Flex>
      {toGroup && (
        <ToGroupDialog groups={groups} selection={toGroup} filter={filterOf(asked)}
          onClose={(isDone) => {
            setToGroup(null);
            if (isDone) onSelect(EMPTY);
          }} />
      )}
      {open && (
        <BulkDialog action={open.action} selection={open.selection} filter={filterOf(asked)}
          onClose={(isDone) => {
            setOpen(null);
            if (isDone) onSelect(EMPTY);
          }} />
      )}
    </>
  );
}
