// What the server hands out to install agents with: to look at, and to take
// away by hand.
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { Button, ClipboardCopy, Content, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import type { Schemas } from "../../api/client";
import { installerQuery } from "../../api/enrolment";
import type { Installer } from "../../api/enrolment";
import { formatNumber } from "../../lib/format";
import { ComeByHttps, isPlain } from "../ComeByHttps";
import { Facts } from "../Facts";
import { Loading } from "../Loading";
import { Unavailable } from "./Unavailable";

const SCRIPT = "warifu-install.sh", ARCHIVE = "warifu-agent.tar.gz";

// The same bytes by the address that this page came from.
function Download({ of, name }: { of: Schemas["InstallerFile"]; name: string }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <a href={new URL(of.url).pathname} download={name}>{name}</a>
      {` (${t("installer.size", { bytes: formatNumber(of.bytes, i18n.language) })})`}
      <br />
      <span className="w-mono">{t("installer.sha256", { hash: of.sha256 })}</span>
    </>
  );
}

function Told({ installer }: { installer: Installer }) {
  const { t } = useTranslation();
  const { archive, script, server } = installer;
  return (
    <div className="w-stack">
      <Content component="p">{t("installer.text")}</Content>
      <Facts rows={[
        [t("installer.version"), t("installer.versionOf", { version: archive.version, architecture: archive.architecture })],
        [t("installer.script"), <Download key="script" of={script} name={SCRIPT} />],
        [t("installer.archive"), <Download key="archive" of={archive} name={ARCHIVE} />],
      ]} />
      <div>
        <Content component="p">{t("installer.run")}</Content>
        <ClipboardCopy isReadOnly isCode hoverTip={t("common.copy")} clickTip={t("common.copied")}
          textAriaLabel={t("installer.runLabel")} copyAriaLabel={t("common.copy")}>
          {`sudo sh ${SCRIPT} --server ${server}`}
        </ClipboardCopy>
      </div>
      <Content component="small">{t("installer.changes")}</Content>
    </div>
  );
}

export function AgentInstaller({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error } = useQuery({ ...installerQuery(), enabled: !isPlain() });
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="installer-title" aria-describedby="installer-body">
      <ModalHeader title={t("installer.title")} labelId="installer-title" />
      <ModalBody id="installer-body" tabIndex={0}>
        {isPlain() ? <ComeByHttps text="enrolment.toHttps" /> : error ? <Unavailable error={error} /> : data ? <Told installer={data} /> : <Loading />}
      </ModalBody>
      <ModalFooter><Button onClick={onClose}>{t("common.close")}</Button></ModalFooter>
    </Modal>
  );
}
