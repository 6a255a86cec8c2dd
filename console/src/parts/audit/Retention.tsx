// How long the audit log is kept.
import { useState } from "react";
import { Button, Content, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { AUDIT_KEY, auditSettingsQuery } from "../../api/audit";
import { api, ask } from "../../api/client";
import type { Schemas } from "../../api/client";
import { etagOf } from "../../api/people";
import { useChange } from "../../lib/change";
import { useMay } from "../../lib/may";
import { Dialog } from "../Dialog";
import { Loading } from "../Loading";
import { ProblemState } from "../ProblemState";

const LEAST = 30, MOST = 750;

interface Asked {
  settings: Schemas["AuditSettings"];
  onClose: () => void;
  onLookAgain: () => void;
}

function RetentionDialog({ settings, onClose, onLookAgain }: Asked) {
  const { t } = useTranslation();
  const days = settings.retention_days;
  const [text, setText] = useState(String(days));
  const wanted = Number(text);
  const isGood = /^\d{1,3}$/.test(text) && wanted >= LEAST && wanted <= MOST;
  const isShorter = isGood && wanted < days;
  const change = useChange({
    act: () => ask(api.PUT("/api/v1/audit/settings", {
      params: { header: etagOf(settings) }, body: { retention_days: wanted },
    })),
    keys: [AUDIT_KEY],
    said: t("audit.retentionDone"),
    onDone: onClose,
  });
  return (
    <Dialog title={t("audit.retention")} submit={t("common.save")} isReady={isGood && wanted !== days}
      isDanger={isShorter} isBusy={change.isPending} error={change.error} onLookAgain={onLookAgain} onSubmit={() => change.mutate()}
      onClose={onClose}>
      <FormGroup label={t("audit.days")} fieldId="retention-days" isRequired>
        <TextInput id="retention-days" isRequired inputMode="numeric" maxLength={3} value={text} autoFocus
          validated={isGood ? "default" : "error"} aria-describedby="retention-help"
          onChange={(_event, value) => setText(value)} />
        <FormHelperText>
          <HelperText id="retention-help">
            <HelperTextItem variant={isGood ? "default" : "error"}>
              {t("audit.daysHelp", { least: LEAST, most: MOST })}
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      </FormGroup>
      {isShorter && <Content component="p">{t("audit.shorter", { count: wanted })}</Content>}
    </Dialog>
  );
}

export function Retention() {
  const { t } = useTranslation();
  const mayChange = useMay("security", "full");
  const [isOpen, setOpen] = useState(false);
  const { data, error, refetch } = useQuery(auditSettingsQuery);
  if (error && !data) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  return (
    <div className="w-stack">
      <Content component="p">{t("audit.kept", { count: data.retention_days })}</Content>
      <Content component="p">{t("audit.keptText", { most: MOST })}</Content>
      {mayChange && (
        <div><Button variant="secondary" onClick={() => setOpen(true)}>{t("audit.changeRetention")}</Button></div>
      )}
      {isOpen && (
        <RetentionDialog key={data.version} settings={data} onClose={() => setOpen(false)}
          onLookAgain={() => void refetch()} />
      )}
    </div>
  );
}
