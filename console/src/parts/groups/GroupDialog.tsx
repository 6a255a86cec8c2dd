// A group is made or changed: name, description, and the criteria it follows.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FormGroup, Radio, TextInput } from "@patternfly/react-core";
import { api, ask } from "../../api/client";
import { GROUPS_KEY, loadGroup } from "../../api/groups";
import type { Criteria, Group } from "../../api/groups";
import { etagOf } from "../../api/people";
import { useFresh } from "../../lib/change";
import { criteriaOf, draftOf, draftsOf } from "../../lib/criteria";
import type { Draft } from "../../lib/criteria";
import { Dialog } from "../Dialog";
import { useToast } from "../Toasts";
import { CriteriaEditor } from "./CriteriaEditor";

interface Wanted { name: string; description: string; kind: Group["kind"]; criteria: Criteria | null }

function save(group: Group | null, { name, description, kind, criteria }: Wanted): Promise<Group> {
  const body = { name, description, ...(kind === "criteria" && criteria && { criteria }) };
  return group === null
    ? ask(api.POST("/api/v1/groups", { body: { ...body, kind } }))
    : ask(api.PATCH("/api/v1/groups/{group_id}", {
      params: { path: { group_id: group.id }, header: etagOf(group) }, body,
    }));
}

function KindChoice({ kind, onChange }: { kind: Group["kind"]; onChange: (kind: Group["kind"]) => void }) {
  const { t } = useTranslation();
  return (
    <FormGroup label={t("groups.kind")} role="radiogroup" fieldId="group-kind">
      {(["static", "criteria"] as const).map((one) => (
        <Radio key={one} id={`group-kind-${one}`} name="group-kind" isChecked={kind === one} onChange={() => onChange(one)}
          label={t(`groups.kinds.${one}`)} description={t(`groups.kindText.${one}`)} />
      ))}
    </FormGroup>
  );
}

interface Asked { onClose: () => void; onDone: (group: Group) => void }
interface FormAsked extends Asked { group: Group | null; onLookAgain?: () => void; lookError?: unknown }

// group: as it was when it was looked at; what others changed since is refused.
function GroupForm({ group, onClose, onDone, onLookAgain, lookError }: FormAsked) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [name, setName] = useState(group?.name ?? "");
  const [description, setDescription] = useState(group?.description ?? "");
  const [kind, setKind] = useState<Group["kind"]>(group?.kind ?? "static");
  const [match, setMatch] = useState<Criteria["match"]>(group?.criteria?.match ?? "all");
  const [drafts, setDrafts] = useState<Draft[]>(group?.criteria ? draftsOf(group.criteria) : [draftOf("name")]);
  const criteria = kind === "criteria" ? criteriaOf(match, drafts) : null;
  const change = useMutation({
    mutationFn: () => save(group, { name: name.trim(), description: description.trim(), kind, criteria }),
    onSuccess: async (saved) => {
      toast("success", t(group === null ? "groups.made" : "groups.changed"));
      onDone(saved);
      await client.invalidateQueries({ queryKey: GROUPS_KEY });
      await client.invalidateQueries({ queryKey: ["computers", "list"] });
    },
  });
  return (
    <Dialog title={group === null ? t("groups.create") : t("groups.editTitle", { name: group.name })} submit={t("common.save")}
      isReady={name.trim() !== "" && (kind === "static" || criteria !== null)} isBusy={change.isPending}
      error={lookError ?? change.error} {...(onLookAgain && { onLookAgain })} onSubmit={() => change.mutate()} onClose={onClose}>
      <FormGroup label={t("common.name")} fieldId="group-name" isRequired>
        <TextInput id="group-name" isRequired maxLength={128} value={name} autoFocus onChange={(_event, value) => setName(value)} />
      </FormGroup>
      <FormGroup label={t("groups.description")} fieldId="group-description">
        <TextInput id="group-description" maxLength={256} value={description} onChange={(_event, value) => setDescription(value)} />
      </FormGroup>
      {group === null && <KindChoice kind={kind} onChange={setKind} />}
      {kind === "criteria" && (
        <CriteriaEditor match={match} drafts={drafts} criteria={criteria} onChange={(nextMatch, nextDrafts) => {
          setMatch(nextMatch);
          setDrafts(nextDrafts);
        }} />
      )}
    </Dialog>
  );
}

export function GroupCreate(asked: Asked) {
  return <GroupForm group={null} {...asked} />;
}

export function GroupEdit({ group, ...asked }: Asked & { group: Group }) {
  const { thing, lookAgain, lookError } = useFresh(group, () => loadGroup(group.id));
  return <GroupForm key={thing.version} group={thing} onLookAgain={lookAgain} lookError={lookError} {...asked} />;
}
