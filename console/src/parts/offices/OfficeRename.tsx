// A new remote office, or another name for one.
import { useState } from "react";
import { FormGroup, TextInput } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import type { Office } from "../../api/client";
import { loadOffice, OFFICE_KEY } from "../../api/offices";
import { etagOf } from "../../api/people";
import { officesQuery } from "../../api/queries";
import { useChange, useFresh } from "../../lib/change";
import { Dialog } from "../Dialog";

interface FormAsked {
  title: string;
  said: string;
  office?: Office;
  onClose: () => void;
  onLookAgain?: () => void;
  lookError?: unknown;
}

function NameForm({ title, said, office, onClose, onLookAgain, lookError }: FormAsked) {
  const { t } = useTranslation();
  const [name, setName] = useState(office?.name ?? "");
  const text = name.trim();
  const save = useChange<Office>({
    act: () => office
      ? ask(api.PATCH("/api/v1/offices/{office_id}", {
        params: { path: { office_id: office.id }, header: etagOf(office) }, body: { name: text },
      }))
      : ask(api.POST("/api/v1/offices", { body: { name: text } })),
    keys: [officesQuery.queryKey, OFFICE_KEY],
    said,
    onDone: onClose,
  });
  return (
    <Dialog title={title} submit={t("common.save")} isReady={text !== "" && text !== office?.name} isBusy={save.isPending}
      error={lookError ?? save.error} {...(onLookAgain && { onLookAgain })} onSubmit={() => save.mutate()}
      onClose={onClose}>
      <FormGroup label={t("common.name")} fieldId="office-name" isRequired>
        <TextInput id="office-name" isRequired maxLength={128} value={name} autoFocus
          onChange={(_event, value) => setName(value)} />
      </FormGroup>
    </Dialog>
  );
}

export function OfficeCreate({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return <NameForm title={t("offices.create")} said={t("offices.created2")} onClose={onClose} />;
}

export function OfficeRename({ office, onClose }: { office: Office; onClose: () => void }) {
  const { t } = useTranslation();
  const { thing, lookAgain, lookError } = useFresh(office, () => loadOffice(office.id));
  return (
    <NameForm key={thing.version} title={t("offices.renameTitle", { name: thing.name })} said={t("offices.renamed")}
      office={thing} onClose={onClose} onLookAgain={lookAgain} lookError={lookError} />
  );
}
