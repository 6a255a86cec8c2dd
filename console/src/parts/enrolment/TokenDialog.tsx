// A new enrolment token: for new computers of an office, or for one computer
// that enrols once more.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, FormGroup, FormHelperText, HelperText, HelperTextItem, NumberInput, Radio, TextInput } from "@patternfly/react-core";
import { computerChoicesQuery, makeToken, TOKENS_KEY } from "../../api/enrolment";
import type { NewToken, TokenRequest } from "../../api/enrolment";
import { officesQuery, sessionQuery } from "../../api/queries";
import { isServerName } from "../../lib/command";
import { useMay } from "../../lib/may";
import { nameOf } from "../../lib/name";
import { Choice } from "../Choice";
import { ComeByHttps, isPlain } from "../ComeByHttps";
import { Dialog } from "../Dialog";

const HOUR_S = 3600, DAY_S = 86_400;
const USES_MAX = 100_000;
const LIVES = [HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S, 90 * DAY_S];
interface Target { id: string; name: string }

function Uses({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const { t } = useTranslation();
  const clamp = (next: number) => onChange(Math.min(USES_MAX, Math.max(1, Math.trunc(next) || 1)));
  return (
    <FormGroup label={t("enrolment.uses")} fieldId="token-uses">
      <NumberInput inputName="uses" inputAriaLabel={t("enrolment.uses")} value={value} min={1} max={USES_MAX}
        inputProps={{ id: "token-uses" }} minusBtnAriaLabel="-1" plusBtnAriaLabel="+1"
        onMinus={() => clamp(value - 1)} onPlus={() => clamp(value + 1)}
        onChange={(event) => clamp(Number((event.target as HTMLInputElement).value))} />
    </FormGroup>
  );
}

// The offices that one may make a token for. Who may not look at offices and is
// limited to none makes it for Local Office, which the server takes unnamed.
function usePlaces() {
  const mayLook = useMay("offices", "read");
  const offices = useQuery({ ...officesQuery, enabled: mayLook });
  const scope = useQuery(sessionQuery).data?.scope ?? null;
  if (mayLook) return { places: offices.data?.items ?? null, isUnnamed: false };
  const own = (scope ?? []).filter(({ kind }) => (kind as string) === "office").map(({ id }) => ({ id, name: id, is_local: false }));
  return { places: own, isUnnamed: scope === null };
}

function OfficeChoice({ places, value, onChange }: { places: Target[]; value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  return (
    <FormGroup label={t("enrolment.office")} fieldId="token-office">
      <Choice id="token-office" label={t("enrolment.office")} value={value} onChange={onChange} isFullWidth
        options={places.map((one) => ({ value: one.id, text: one.name }))} />
    </FormGroup>
  );
}

function ComputerChoice({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const { data } = useQuery(computerChoicesQuery(search.trim()));
  const options = (data?.items ?? []).map((one) => ({ value: one.id, text: nameOf(one) }));
  const isKnown = options.some((one) => one.value === value);
  return (
    <>
      <FormGroup label={t("enrolment.findComputer")} fieldId="token-search">
        <TextInput id="token-search" maxLength={128} value={search} onChange={(_event, text) => setSearch(text)} />
      </FormGroup>
      <FormGroup label={t("enrolment.computer")} fieldId="token-computer" isRequired>
        <Choice id="token-computer" label={t("enrolment.computer")} value={isKnown ? value : ""} onChange={onChange} isFullWidth
          options={[{ value: "", text: t(options.length ? "enrolment.chooseComputer" : "enrolment.noComputer") }, ...options]} />
      </FormGroup>
    </>
  );
}

function Life({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const { t } = useTranslation();
  const text = (seconds: number) => seconds < DAY_S
    ? t("enrolment.hours", { count: seconds / HOUR_S })
    : t("enrolment.days", { count: seconds / DAY_S });
  return (
    <FormGroup label={t("enrolment.expires")} fieldId="token-life">
      <Choice id="token-life" label={t("enrolment.expires")} value={String(value)} isFullWidth
        onChange={(next) => onChange(Number(next))}
        options={LIVES.map((seconds) => ({ value: String(seconds), text: text(seconds) }))} />
    </FormGroup>
  );
}

function ServerName({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const isWrong = value.trim() !== "" && !isServerName(value.trim());
  return (
    <FormGroup label={t("enrolment.server")} fieldId="token-server" isRequired>
      <TextInput id="token-server" isRequired maxLength={253} value={value} validated={isWrong ? "error" : "default"}
        aria-describedby="token-server-help" onChange={(_event, text) => onChange(text)} />
      <FormHelperText>
        <HelperText id="token-server-help">
          <HelperTextItem variant={isWrong ? "error" : "default"}>
            {t(isWrong ? "enrolment.serverWrong" : "enrolment.serverHelp")}
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}

function useCreate(onMade: (made: NewToken, server: string) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body }: { body: TokenRequest; server: string }) => makeToken(body),
    onSuccess: (made, { server }) => {
      onMade(made, server);
      return client.invalidateQueries({ queryKey: TOKENS_KEY });
    },
  });
}

interface Asked {
  computer?: Target; // fixed: from that computer's page
  onMade: (made: NewToken, server: string) => void;
  onClose: () => void;
}

export function TokenDialog({ computer, onMade, onClose }: Asked) {
  const { t } = useTranslation();
  const { places, isUnnamed } = usePlaces();
  const mayChooseComputer = useMay("computers", "full");
  const [kind, setKind] = useState<"office" | "computer">(computer ? "computer" : "office");
  const [office, setOffice] = useState("");
  const [target, setTarget] = useState(computer?.id ?? "");
  const [uses, setUses] = useState(10);
  const [life, setLife] = useState(DAY_S);
  const [comment, setComment] = useState("");
  const [server, setServer] = useState(location.hostname.replace(/^\[|\]$/g, ""));
  const create = useCreate(onMade);
  const chosen = office || (places?.find((one) => one.is_local) ?? places?.[0])?.id;
  const place = kind === "office" ? { kind, ...(chosen && { office_id: chosen }), uses } : { kind, computer_id: target };
  const isReady = !isPlain() && isServerName(server.trim()) && (kind === "office" ? isUnnamed || chosen !== undefined : target !== "");
  const submit = () => create.mutate({
    body: { ...place, expires_in_s: life, ...(comment && { comment }) }, server: server.trim(),
  });
  return (
    <Dialog title={computer ? t("enrolment.againTitle", { name: nameOf(computer) }) : t("enrolment.createTitle")}
      submit={t("enrolment.submit")} isReady={isReady} isBusy={create.isPending} error={create.error}
      onSubmit={submit} onClose={onClose}>
      {isPlain() && <ComeByHttps text="enrolment.toHttps" />}
      {computer && <p>{t("enrolment.againText")}</p>}
      {!computer && mayChooseComputer && (
        <FormGroup role="radiogroup" label={t("enrolment.for")} fieldId="token-kind" isStack>
          <Radio id="token-kind-office" name="kind" label={t("enrolment.forOffice")} isChecked={kind === "office"}
            onChange={() => setKind("office")} />
          <Radio id="token-kind-computer" name="kind" label={t("enrolment.forComputer")} isChecked={kind === "computer"}
            onChange={() => setKind("computer")} />
        </FormGroup>
      )}
      {kind === "office" && places && chosen && <OfficeChoice places={places} value={chosen} onChange={setOffice} />}
      {kind === "office" && places?.length === 0 && !isUnnamed && (
        <Alert variant="warning" isInline title={t("enrolment.noOffice")} component="p" />
      )}
      {kind === "office" && <Uses value={uses} onChange={setUses} />}
      {kind === "computer" && !computer && <ComputerChoice value={target} onChange={setTarget} />}
      <Life value={life} onChange={setLife} />
      <ServerName value={server} onChange={setServer} />
      <FormGroup label={t("enrolment.comment")} fieldId="token-comment">
        <TextInput id="token-comment" maxLength={256} value={comment} onChange={(_event, value) => setComment(value)} />
      </FormGroup>
    </Dialog>
  );
}
