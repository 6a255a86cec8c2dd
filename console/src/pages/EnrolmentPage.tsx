// Enrolment tokens: made, shown once with the command to run, revoked.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  Alert, Button, ClipboardCopy, ClipboardCopyVariant, Content, EmptyState, EmptyStateBody, FormGroup, Label, Modal, ModalBody,
  ModalFooter, ModalHeader, NumberInput, PageSection, TextInput,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { api, ask } from "../api/client";
import type { EnrolmentToken, Schemas } from "../api/client";
import { tokensQuery } from "../api/queries";
import { enrolCommand } from "../lib/command";
import { useMay } from "../lib/may";
import { useOfficeNames, useOffices } from "../lib/offices";
import { Choice } from "../parts/Choice";
import { Dialog } from "../parts/Dialog";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { RowActions } from "../parts/RowActions";
import { Time } from "../parts/Time";
import { useToast } from "../parts/Toasts";

const HOUR_S = 3600, DAY_S = 86_400;
const USES_MAX = 100_000;
const LIVES = [HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S, 90 * DAY_S];
type Made = Schemas["NewEnrolmentToken"];

function useLifeText() {
  const { t } = useTranslation();
  return (seconds: number) => seconds < DAY_S
    ? t("enrolment.hours", { count: seconds / HOUR_S })
    : t("enrolment.days", { count: seconds / DAY_S });
}

function CreateDialog({ onMade, onClose }: { onMade: (made: Made, server: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const lifeText = useLifeText();
  const offices = useOffices();
  const [office, setOffice] = useState("");
  const [uses, setUses] = useState(10);
  const [life, setLife] = useState(DAY_S);
  const [comment, setComment] = useState("");
  const [server, setServer] = useState(location.hostname.replace(/^\[|\]$/g, ""));
  const chosen = office || (offices.find((one) => one.is_local) ?? offices[0])?.id;
  const create = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/enrolment-tokens", {
      body: { kind: "office", ...(chosen && { office_id: chosen }), uses, expires_in_s: life, ...(comment && { comment }) },
    })),
    onSuccess: (made) => {
      onMade(made, server.trim());
      return client.invalidateQueries({ queryKey: tokensQuery.queryKey });
    },
  });
  const clamp = (value: number) => setUses(Math.min(USES_MAX, Math.max(1, Math.trunc(value) || 1)));
  return (
    <Dialog title={t("enrolment.createTitle")} submit={t("enrolment.submit")} isReady={server.trim() !== ""}
      isBusy={create.isPending} error={create.error} onSubmit={() => create.mutate()} onClose={onClose}>
      {chosen && (
        <FormGroup label={t("enrolment.office")} fieldId="token-office">
          <Choice id="token-office" label={t("enrolment.office")} value={chosen} onChange={setOffice} isFullWidth
            options={offices.map((one) => ({ value: one.id, text: one.name }))} />
        </FormGroup>
      )}
      <FormGroup label={t("enrolment.uses")} fieldId="token-uses">
        <NumberInput id="token-uses" inputName="uses" inputAriaLabel={t("enrolment.uses")} value={uses} min={1} max={USES_MAX}
          inputProps={{ id: "token-uses" }} minusBtnAriaLabel="-1" plusBtnAriaLabel="+1"
          onMinus={() => clamp(uses - 1)} onPlus={() => clamp(uses + 1)}
          onChange={(event) => clamp(Number((event.target as HTMLInputElement).value))} />
      </FormGroup>
      <FormGroup label={t("enrolment.expires")} fieldId="token-life">
        <Choice id="token-life" label={t("enrolment.expires")} value={String(life)} isFullWidth
          onChange={(value) => setLife(Number(value))}
          options={LIVES.map((seconds) => ({ value: String(seconds), text: lifeText(seconds) }))} />
      </FormGroup>
      <FormGroup label={t("enrolment.server")} fieldId="token-server" isRequired>
        <TextInput id="token-server" isRequired maxLength={253} value={server} onChange={(_event, value) => setServer(value)} />
      </FormGroup>
      <FormGroup label={t("enrolment.comment")} fieldId="token-comment">
        <TextInput id="token-comment" maxLength={256} value={comment} onChange={(_event, value) => setComment(value)} />
      </FormGroup>
    </Dialog>
  );
}

function MadeDialog({ made, server, onClose }: { made: Made; server: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="made-title" aria-describedby="made-body">
      <ModalHeader title={t("enrolment.madeTitle")} labelId="made-title" />
      <ModalBody id="made-body" tabIndex={0}>
        <Content component="p">{t("enrolment.madeText")}</Content>
        <ClipboardCopy isReadOnly isCode isExpanded variant={ClipboardCopyVariant.expansion} hoverTip={t("common.copy")}
          clickTip={t("common.copied")} textAriaLabel={t("enrolment.command")} copyAriaLabel={t("common.copy")}
          toggleAriaLabel={t("enrolment.command")}>
          {enrolCommand(made.bootstrap, server)}
        </ClipboardCopy>
        <Alert variant="warning" isInline isPlain title={t("enrolment.madeOnce")} component="p" />
      </ModalBody>
      <ModalFooter><Button onClick={onClose}>{t("common.close")}</Button></ModalFooter>
    </Modal>
  );
}

function RevokeDialog({ token, onClose }: { token: EnrolmentToken; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const path = { enrolment_token_id: token.id };
  const revoke = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/enrolment-tokens/{enrolment_token_id}/revoke", { params: { path } })),
    onSuccess: () => {
      toast("success", t("enrolment.revokedDone"));
      onClose();
      return client.invalidateQueries({ queryKey: tokensQuery.queryKey });
    },
  });
  return (
    <Dialog title={t("enrolment.revokeTitle")} submit={t("enrolment.revoke")} isDanger isBusy={revoke.isPending}
      error={revoke.error} onSubmit={() => revoke.mutate()} onClose={onClose}>
      <Content component="p">{t("enrolment.revokeText")}</Content>
    </Dialog>
  );
}

function Row({ token, offices, onRevoke }: { token: EnrolmentToken; offices: Map<string, string>; onRevoke: () => void }) {
  const { t } = useTranslation();
  const mayRevoke = useMay("enrolment", "full");
  const target = token.kind === "computer" ? t("enrolment.forComputer") : offices.get(token.office_id ?? "") ?? "";
  return (
    <Tr>
      <Td dataLabel={t("enrolment.for")} modifier="breakWord">{target}</Td>
      <Td dataLabel={t("enrolment.state")}>
        <Label isCompact {...(token.state === "usable" ? { status: "success" } : {})}>{t(`enrolment.${token.state}`)}</Label>
      </Td>
      <Td dataLabel={t("enrolment.left")}>{t("enrolment.leftOf", { left: token.uses_left, uses: token.uses })}</Td>
      <Td dataLabel={t("enrolment.until")}><Time at={token.expires_at} isExact /></Td>
      <Td dataLabel={t("enrolment.comment")} modifier="breakWord">{token.comment}</Td>
      <Td isActionCell>
        {mayRevoke && token.state === "usable" && (
          <RowActions of={target} actions={[{ title: t("enrolment.revoke"), onClick: onRevoke }]} />
        )}
      </Td>
    </Tr>
  );
}

function List({ tokens, onRevoke }: { tokens: EnrolmentToken[]; onRevoke: (token: EnrolmentToken) => void }) {
  const { t } = useTranslation();
  const names = useOfficeNames();
  const mayCreate = useMay("enrolment", "write");
  if (tokens.length === 0)
    return (
      <EmptyState titleText={t("enrolment.empty")} headingLevel="h2">
        {mayCreate && <EmptyStateBody>{t("enrolment.emptyText")}</EmptyStateBody>}
      </EmptyState>
    );
  return (
    <Table aria-label={t("enrolment.table")} variant="compact">
      <Thead>
        <Tr>
          <Th>{t("enrolment.for")}</Th><Th>{t("enrolment.state")}</Th><Th>{t("enrolment.left")}</Th>
          <Th>{t("enrolment.until")}</Th><Th>{t("enrolment.comment")}</Th><Th screenReaderText={t("common.actions")} />
        </Tr>
      </Thead>
      <Tbody>
        {tokens.map((token) => <Row key={token.id} token={token} offices={names} onRevoke={() => onRevoke(token)} />)}
      </Tbody>
    </Table>
  );
}

export function EnrolmentPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(tokensQuery);
  const mayCreate = useMay("enrolment", "write");
  const [isCreating, setCreating] = useState(false);
  const [made, setMade] = useState<{ made: Made; server: string } | null>(null);
  const [revoked, setRevoked] = useState<EnrolmentToken | null>(null);
  function onMade(next: Made, server: string) {
    setCreating(false);
    setMade({ made: next, server });
  }
  return (
    <>
      <PageHead title={t("enrolment.title")}>
        {mayCreate && <Button onClick={() => setCreating(true)}>{t("enrolment.create")}</Button>}
      </PageHead>
      <PageSection>
        <Content component="p">{t("enrolment.intro")}</Content>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && <List tokens={data.items} onRevoke={setRevoked} />}
      </PageSection>
      {isCreating && <CreateDialog onMade={onMade} onClose={() => setCreating(false)} />}
      {made && <MadeDialog made={made.made} server={made.server} onClose={() => setMade(null)} />}
      {revoked && <RevokeDialog token={revoked} onClose={() => setRevoked(null)} />}
    </>
  );
}
