// Checks whether the audit log is what was written, and says what was found.
import { useRef, useState } from "react";
import { Alert, Button, Content, Progress } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { verifyAudit } from "../../api/audit";
import type { Verification } from "../../api/audit";
import { formatNumber } from "../../lib/format";
import { Facts } from "../Facts";
import { ProblemAlert } from "../ProblemAlert";

function Result({ found }: { found: Verification }) {
  const { t, i18n } = useTranslation();
  const number = (value: number | null) => (value === null ? null : formatNumber(value, i18n.language));
  const isWhole = found.state === "whole";
  return (
    <>
      <Alert isInline variant={isWhole ? "success" : "danger"} component="h3"
        title={isWhole ? t("audit.whole") : t(`auditFault.${found.fault ?? "row_changed"}`, { row: number(found.first_bad) })}>
        {!isWhole && <Content component="p">{t("audit.tamperedText")}</Content>}
      </Alert>
      <Facts rows={[
        [t("audit.checked"), number(found.checked)],
        [t("audit.head"), number(found.head)],
        [t("audit.mirrored"), number(found.mirrored) ?? t("audit.notYet")],
        [t("audit.checkpoint"), number(found.checkpoint)],
      ]} />
    </>
  );
}

export function Verify() {
  const { t } = useTranslation();
  const [part, setPart] = useState<Verification | null>(null);
  const stop = useRef<AbortController | null>(null);
  const verify = useMutation({
    mutationFn: () => {
      stop.current = new AbortController();
      setPart(null);
      return verifyAudit(stop.current.signal, setPart);
    },
  });
  const isStopped = verify.error instanceof DOMException;
  return (
    <div className="w-stack">
      <Content component="p">{t("audit.verifyText")}</Content>
      <ProblemAlert error={isStopped ? null : verify.error} />
      <div role="status" className="w-stack">
        {verify.isPending && (
          <Progress aria-label={t("audit.verifying")} title={t("audit.verifying")}
            value={part && part.head > 0 ? (100 * part.to) / part.head : 0} />
        )}
        {verify.data && <Result found={verify.data} />}
      </div>
      <div>
        {verify.isPending
          ? <Button variant="secondary" onClick={() => stop.current?.abort()}>{t("common.cancel")}</Button>
          : <Button variant="secondary" onClick={() => verify.mutate()}>{t("audit.verify")}</Button>}
      </div>
    </div>
  );
}
