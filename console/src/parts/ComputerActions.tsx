// What can be done to one computer, each with what it will do.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import {
  Content, Divider, Dropdown, DropdownItem, DropdownList, FormGroup, FormHelperText, HelperText, HelperTextItem,
  MenuToggle, TextInput,
} from "@patternfly/react-core";
import { api, ask } from "../api/client";
import type { Computer } from "../api/client";
import { officesQuery } from "../api/queries";
import { useProblemText } from "../i18n/problem";
import { useMay } from "../lib/may";
import { nameOf } from "../lib/name";
import { useOffices } from "../lib/offices";
import { Choice } from "./Choice";
import { Dialog } from "./Dialog";
import { EnrolAgain } from "./enrolment/EnrolAgain";
import { useToast } from "./Toasts";

type Kind = "move" | "again" | "retire" | "revoke";
interface Asked { computer: Computer; onClose: () => void }

function useAct(onDone: () => void) {
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: (act: () => Promise<string>) => act(),
    onSuccess: async (text) => {
      toast("success", text);
      onDone();
      await client.invalidateQueries({ queryKey: ["computers"] });
      await client.invalidateQueries({ queryKey: officesQuery.queryKey });
    },
  });
}

function MoveDialog({ computer, onClose }: Asked) {
  const { t } = useTranslation();
  const offices = useOffices();
  const [office, setOffice] = useState(computer.office_id);
  const act = useAct(onClose);
  const params = { path: { computer_id: computer.id } };
  const submit = () => act.mutate(async () => {
    await ask(api.PATCH("/api/v1/computers/{computer_id}", { params, body: { office_id: office } }));
    return t("action.moved");
  });
  return (
    <Dialog title={t("action.moveTitle", { name: nameOf(computer) })} submit={t("action.move")}
      isReady={office !== computer.office_id} isBusy={act.isPending} error={act.error} onSubmit={submit} onClose={onClose}>
      <FormGroup label={t("action.target")} fieldId="move-office">
        <Choice id="move-office" label={t("action.target")} value={office} onChange={setOffice} isFullWidth
          options={offices.map((one) => ({ value: one.id, text: one.name }))} />
      </FormGroup>
    </Dialog>
  );
}

function RetireDialog({ computer, onClose }: Asked) {
  const { t } = useTranslation();
  const act = useAct(onClose);
  const submit = () => act.mutate(async () => {
    await ask(api.POST("/api/v1/computers/{computer_id}/retire", { params: { path: { computer_id: computer.id } } }));
    return t("action.retired");
  });
  return (
    <Dialog title={t("action.retireTitle", { name: nameOf(computer) })} submit={t("action.retire")} isDanger
      isBusy={act.isPending} error={act.error} onSubmit={submit} onClose={onClose}>
      <Content component="p">{t("action.retireText")}</Content>
    </Dialog>
  );
}

function RevokeDialog({ computer, onClose }: Asked) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const act = useAct(onClose);
  const params = { path: { computer_id: computer.id } };
  const submit = () => act.mutate(async () => {
    await ask(api.POST("/api/v1/computers/{computer_id}/revoke", { params, body: { reason: reason.trim() } }));
    return t("action.revoked");
  });
  return (
    <Dialog title={t("action.revokeTitle", { name: nameOf(computer) })} submit={t("action.revoke")} isDanger
      isReady={reason.trim() !== ""} isBusy={act.isPending} error={act.error} onSubmit={submit} onClose={onClose}>
      <Content component="p">{t("action.revokeText")}</Content>
      <FormGroup label={t("action.reason")} fieldId="reason" isRequired>
        <TextInput id="reason" isRequired maxLength={256} value={reason} aria-describedby="reason-help"
          onChange={(_event, value) => setReason(value)} />
        <FormHelperText>
          <HelperText id="reason-help"><HelperTextItem>{t("action.reasonHelp")}</HelperTextItem></HelperText>
        </FormHelperText>
      </FormGroup>
    </Dialog>
  );
}

const DIALOGS = { move: MoveDialog, again: EnrolAgain, retire: RetireDialog, revoke: RevokeDialog };

function useRefresh(computer: Computer) {
  const { t } = useTranslation();
  const toast = useToast();
  const text = useProblemText();
  return useMutation({
    mutationFn: () =>
      ask(api.POST("/api/v1/computers/{computer_id}/refresh", { params: { path: { computer_id: computer.id } } })),
    onSuccess: ({ live }) => toast(live ? "success" : "info", t(live ? "action.refreshLive" : "action.refreshLater")),
    onError: (error) => toast("danger", text(error)),
  });
}

export function ComputerActions({ computer }: { computer: Computer }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [kind, setKind] = useState<Kind | null>(null);
  const refresh = useRefresh(computer);
  const isShut = computer.state === "revoked" || computer.state === "removed";
  const Open = kind && DIALOGS[kind];
  const mayWrite = useMay("computers", "write");
  // Who sees a computer by a group alone cannot take it out of its office.
  const isOfficeSeen = useOffices().some(({ id }) => id === computer.office_id);
  const mayMove = isOfficeSeen && mayWrite;
  const mayEnd = useMay("computers", "full");
  const mayEnrol = useMay("enrolment", "write") && mayEnd;
  if (!mayWrite) return null;
  return (
    <>
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        popperProps={{ position: "right" }}
        toggle={(ref) => (
          <MenuToggle ref={ref} isExpanded={isOpen} variant="primary" onClick={() => setOpen(!isOpen)}>
            {t("common.actions")}
          </MenuToggle>
        )}
      >
        <DropdownList>
          <DropdownItem isDisabled={isShut} onClick={() => refresh.mutate()}>{t("action.refresh")}</DropdownItem>
          {mayMove && <DropdownItem onClick={() => setKind("move")}>{t("action.move")}</DropdownItem>}
          {mayEnrol && (
            <DropdownItem isDisabled={isShut || computer.state === "retired"} onClick={() => setKind("again")}>
              {t("action.enrolAgain")}
            </DropdownItem>
          )}
          {mayEnd && (
            <>
              <Divider component="li" />
              <DropdownItem isDisabled={isShut || computer.state === "retired"} onClick={() => setKind("retire")}>
                {t("action.retire")}
              </DropdownItem>
              <DropdownItem isDanger isDisabled={isShut} onClick={() => setKind("revoke")}>{t("action.revoke")}</DropdownItem>
            </>
          )}
        </DropdownList>
      </Dropdown>
      {Open && <Open computer={computer} onClose={() => setKind(null)} />}
    </>
  );
}
