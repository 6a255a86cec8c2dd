// Before a group is deleted: what stays, and what does not.
import { useTranslation } from "react-i18next";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Content } from "@patternfly/react-core";
import { api, ask } from "../../api/client";
import { GROUPS_KEY, loadGroup } from "../../api/groups";
import type { Group } from "../../api/groups";
import { etagOf } from "../../api/people";
import { useFresh } from "../../lib/change";
import { formatNumber } from "../../lib/format";
import { Dialog } from "../Dialog";
import { useToast } from "../Toasts";

export function DeleteDialog({ group: given, onClose, onDone }: { group: Group; onClose: () => void; onDone: () => void }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const { thing: group, lookAgain, lookError } = useFresh(given, () => loadGroup(given.id));
  const change = useMutation({
    mutationFn: () => ask(api.DELETE("/api/v1/groups/{group_id}", {
      params: { path: { group_id: group.id }, header: etagOf(group) },
    })),
    onSuccess: async () => {
      toast("success", t("groups.deleted"));
      onDone();
      await client.invalidateQueries({ queryKey: [...GROUPS_KEY, "list"] });
      await client.invalidateQueries({ queryKey: [...GROUPS_KEY, "choice"] });
    },
  });
  const count = group.computer_count ?? 0;
  return (
    <Dialog title={t("groups.deleteTitle", { name: group.name })} submit={t("groups.delete")} isDanger isBusy={change.isPending}
      error={lookError ?? change.error} onLookAgain={() => {
        change.reset();
        lookAgain();
      }} onSubmit={() => change.mutate()} onClose={onClose}>
      <Content component="p">
        {group.kind === "static" ? t("groups.deleteText", { count, number: formatNumber(count, i18n.language) })
          : t("groups.deleteCriteriaText")}
      </Content>
    </Dialog>
  );
}
