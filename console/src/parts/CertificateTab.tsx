// Every certificate that a computer got: when, for how long, whether it is in
// use, and why it is not.
import { useTranslation } from "react-i18next";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Button, Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { Schemas } from "../api/client";
import { certificateHistoryQuery, savePem } from "../api/computers";
import { useProblemText } from "../i18n/problem";
import { formatFingerprint, formatTime } from "../lib/format";
import { History } from "./History";
import { Lines } from "./Lines";
import { Time } from "./Time";
import { useToast } from "./Toasts";

type Certificate = Schemas["Certificate"];

function isCurrent(certificate: Certificate): boolean {
  return certificate.state === "valid" && !certificate.is_superseded;
}

function StateOf({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  if (certificate.state === "revoked") return <Label isCompact status="danger">{t("certificateState.revoked")}</Label>;
  if (isCurrent(certificate)) return <Label isCompact status="success">{t("computer.current")}</Label>;
  return <Label isCompact>{t(certificate.is_superseded ? "computer.superseded" : "certificateState.expired")}</Label>;
}

function PemButton({ serial }: { serial: string }) {
  const { t } = useTranslation();
  const toast = useToast();
  const text = useProblemText();
  const act = useMutation({ mutationFn: () => savePem(serial), onError: (error) => toast("danger", text(error)) });
  return (
    <Button variant="link" isInline isDisabled={act.isPending} onClick={() => act.mutate()} aria-label={t("history.pemOf", { serial })}>
      {t("history.pem")}
    </Button>
  );
}

function Row({ certificate }: { certificate: Certificate }) {
  const { t, i18n } = useTranslation();
  const exact = (at: string | null) => formatTime(at, i18n.language);
  return (
    <Tr>
      <Td dataLabel={t("computer.certificateState")}>
        <StateOf certificate={certificate} />
        <Lines rows={[
          [t("history.revokedAt"), exact(certificate.revoked_at)],
          [t("history.why"), certificate.revocation_reason],
        ]} />
      </Td>
      <Td dataLabel={t("computer.validity")}>
        <Lines rows={[
          [t("history.issued"), exact(certificate.issued_at)],
          [t("history.from"), exact(certificate.not_before)],
          [t("history.until"), exact(certificate.not_after)],
        ]} />
      </Td>
      <Td dataLabel={t("history.use")}>
        <Lines rows={[
          [t("history.firstUsed"), exact(certificate.first_used_at) || t("common.never")],
          [t("computer.lastUsed"), certificate.last_used_at && <Time at={certificate.last_used_at} />],
        ]} />
      </Td>
      <Td dataLabel={t("history.which")}>
        <Lines rows={[
          [t("computer.serialNumber"), <span key="" className="w-mono">{certificate.serial}</span>],
          [t("computer.fingerprint"), <span key="" className="w-mono">{formatFingerprint(certificate.sha256)}</span>],
          [t("computer.profile"), t(`profile.${certificate.profile}`)],
        ]} />
        <PemButton serial={certificate.serial} />
      </Td>
    </Tr>
  );
}

export function CertificateTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(certificateHistoryQuery(id));
  return (
    <History query={query} empty={t("history.noCertificate")} emptyText={t("history.noCertificateText")}>
      {(items) => (
        <Table aria-label={t("computer.certificate")} variant="compact">
          <Thead>
            <Tr>
              <Th>{t("computer.certificateState")}</Th><Th>{t("computer.validity")}</Th><Th>{t("history.use")}</Th>
              <Th>{t("history.which")}</Th>
            </Tr>
          </Thead>
          <Tbody>{items.map((one) => <Row key={one.serial} certificate={one} />)}</Tbody>
        </Table>
      )}
    </History>
  );
}
