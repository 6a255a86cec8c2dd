// Computers are put into a static group, or taken out of it.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Content, SearchInput } from "@patternfly/react-core";
import { changeMembers, GROUPS_KEY } from "../../api/groups";
import type { Group } from "../../api/groups";
import { computersQuery } from "../../api/queries";
import { formatNumber } from "../../lib/format";
import { nameOf } from "../../lib/name";
import { Dialog } from "../Dialog";
import { useToast } from "../Toasts";
import { ScopeWarning } from "./ScopeWarning";

const FOUND_MAX = 50;
const AT_ONCE_MAX = 1000;
const TYPING_MS = 300;

interface Asked { group: Group; onClose: () => void }

function useMembers(group: Group, how: "add" | "remove", onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: (ids: string[]) => changeMembers(group.id, how, ids),
    onSuccess: async (changed) => {
      toast("success", t(how === "add" ? "groups.added" : "groups.removed", { count: changed }));
      onDone();
      await client.invalidateQueries({ queryKey: GROUPS_KEY });
      await client.invalidateQueries({ queryKey: ["computers", "list"] });
    },
  });
}

export function AddDialog({ group, onClose }: Asked) {
  const { t, i18n } = useTranslation();
  const [text, setText] = useState("");
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<Map<string, string>>(new Map());
  const change = useMembers(group, "add", onClose);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { data } = useQuery(computersQuery({ limit: FOUND_MAX, sort: "name", ...(search && { search }) }));
  function choose(id: string, name: string, isChosen: boolean) {
    const next = new Map(chosen);
    if (isChosen) next.set(id, name);
    else next.delete(id);
    setChosen(next);
  }
  const count = chosen.size;
  return (
    <Dialog title={t("groups.addTitle", { name: group.name })} submit={t("groups.addSubmit", { count })}
      isReady={count > 0 && count <= AT_ONCE_MAX} isBusy={change.isPending} error={change.error}
      onSubmit={() => change.mutate([...chosen.keys()])} onClose={onClose}>
      <ScopeWarning group={group} />
      <SearchInput value={text} placeholder={t("computers.search")} aria-label={t("computers.search")} maxLength={128}
        onChange={(_event, value) => setText(value)} onClear={() => setText("")} resetButtonLabel={t("common.clearSearch")} />
      {data?.items.length === 0 && <Content component="p">{t("computers.empty")}</Content>}
      {data?.items.map((computer) => (
        <Checkbox key={computer.id} id={`add-${computer.id}`} isChecked={chosen.has(computer.id)} className="w-break"
          label={nameOf(computer)} description={computer.address ?? ""}
          onChange={(_event, isChosen) => choose(computer.id, nameOf(computer), isChosen)} />
      ))}
      {data?.next_cursor && (
        <Content component="small">{t("groups.firstOnly", { number: formatNumber(FOUND_MAX, i18n.language) })}</Content>
      )}
    </Dialog>
  );
}

export function RemoveDialog({ group, ids, onClose, onDone }: Asked & { ids: string[]; onDone: () => void }) {
  const { t } = useTranslation();
  const change = useMembers(group, "remove", onDone);
  return (
    <Dialog title={t("groups.removeTitle", { count: ids.length, name: group.name })} submit={t("groups.remove")} isDanger
      isReady={ids.length <= AT_ONCE_MAX} isBusy={change.isPending} error={change.error} onSubmit={() => change.mutate(ids)}
      onClose={onClose}>
      <ScopeWarning group={group} />
      <Content component="p">{t("groups.removeText")}</Content>
    </Dialog>
  );
}
