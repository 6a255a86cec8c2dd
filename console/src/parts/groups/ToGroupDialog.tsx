// Computers that are chosen in a list are put into a static group, part by part.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Content, FormGroup, Spinner } from "@patternfly/react-core";
import { changeMembers, GROUPS_KEY } from "../../api/groups";
import type { Group } from "../../api/groups";
import { formatNumber } from "../../lib/format";
import type { Selection } from "../../lib/selection";
import { Choice } from "../Choice";
import { Dialog } from "../Dialog";
import { useToast } from "../Toasts";
import { useIds } from "../useIds";
import type { Filter } from "../useIds";
import { ScopeWarning } from "./ScopeWarning";

const PART = 1000; // what one request may put in

interface Asked {
  groups: Group[]; // to choose from
  selection: Selection;
  filter: Filter;
  onClose: (isDone: boolean) => void;
}

export function ToGroupDialog({ groups, selection, filter, onClose }: Asked) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const { ids, found, error } = useIds(selection, filter);
  const [chosen, setChosen] = useState("");
  const group = groups.find((one) => one.id === chosen);
  const number = (value: number) => formatNumber(value, i18n.language);
  const count = ids?.length ?? 0;
  const add = useMutation({
    // Those that are in it already count as no change: asking again does no harm.
    mutationFn: async () => {
      let changed = 0;
      for (let from = 0; ids && from < ids.length; from += PART)
        changed += await changeMembers(chosen, "add", ids.slice(from, from + PART));
      return changed;
    },
    onSuccess: (changed) => {
      toast("success", t("groups.added", { count: changed }));
      onClose(true);
    },
    onSettled: () => Promise.all([GROUPS_KEY, ["computers", "list"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  return (
    <Dialog title={ids ? t("groups.toGroupTitle", { count, number: number(count) }) : t("bulk.gathering")} submit={t("groups.toGroupSubmit")}
      isReady={group !== undefined && count > 0} isBusy={add.isPending} error={error ?? add.error}
      onSubmit={() => add.mutate()} onClose={() => onClose(false)}>
      {!ids && !error && (
        <Content component="p" role="status">
          <Spinner size="md" aria-label={t("bulk.gathering")} /> {t("bulk.found", { count: found, formatted: number(found) })}
        </Content>
      )}
      <FormGroup label={t("groups.one")} fieldId="to-group" isRequired>
        <Choice id="to-group" label={t("groups.one")} value={chosen} isFullWidth onChange={setChosen}
          options={[{ value: "", text: t("groups.which") }, ...groups.map(({ id, name }) => ({ value: id, text: name }))]} />
      </FormGroup>
      {group && <ScopeWarning group={group} />}
    </Dialog>
  );
}
