// Deletes an empty remote office.
import { Content } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import type { Office } from "../../api/client";
import { loadOffice } from "../../api/offices";
import { etagOf } from "../../api/people";
import { officesQuery } from "../../api/queries";
import { useChange, useFresh } from "../../lib/change";
import { Dialog } from "../Dialog";

interface Asked {
  office: Office;
  onClose: () => void;
  onDeleted?: () => void;
}

export function OfficeDelete({ office, onClose, onDeleted }: Asked) {
  const { t } = useTranslation();
  const { thing, lookAgain, lookError } = useFresh(office, () => loadOffice(office.id));
  const change = useChange({
    act: () => ask(api.DELETE("/api/v1/offices/{office_id}", {
      params: { path: { office_id: thing.id }, header: etagOf(thing) },
    })),
    keys: [officesQuery.queryKey],
    said: t("offices.deleted"),
    onDone: () => {
      onClose();
      onDeleted?.();
    },
  });
  return (
    <Dialog title={t("offices.deleteTitle", { name: thing.name })} submit={t("offices.delete")} isDanger
      isBusy={change.isPending} error={lookError ?? change.error} onLookAgain={() => {
        change.reset();
        lookAgain();
      }} onSubmit={() => change.mutate()} onClose={onClose}>
      <Content component="p">{t("offices.deleteText")}</Content>
    </Dialog>
  );
}
