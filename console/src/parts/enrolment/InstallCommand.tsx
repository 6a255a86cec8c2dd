// A fresh token with the command to paste: for a computer without an agent, by
// curl or wget, and for one that has it.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { Alert, ClipboardCopy, ClipboardCopyVariant, Content, Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { installerQuery } from "../../api/enrolment";
import type { Installer, NewToken } from "../../api/enrolment";
import { enrolCommand, installCommand } from "../../lib/command";
import { Loading } from "../Loading";
import { Unavailable } from "./Unavailable";

const TABS = ["curl", "wget", "installed"] as const;
type Way = (typeof TABS)[number];

function Command({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <ClipboardCopy isReadOnly isCode isExpanded variant={ClipboardCopyVariant.expansion} hoverTip={t("common.copy")}
      clickTip={t("common.copied")} textAriaLabel={t("enrolment.command")} copyAriaLabel={t("common.copy")}
      toggleAriaLabel={t("enrolment.command")}>
      {text}
    </ClipboardCopy>
  );
}

function Told({ installer }: { installer: Installer }) {
  const { t } = useTranslation();
  return (
    <Content component="small" className="w-break w-above">
      {t("enrolment.installs", {
        version: installer.archive.version, architecture: installer.archive.architecture, hash: installer.script.sha256,
      })}
    </Content>
  );
}

function Fresh({ made, server, way }: { made: NewToken; server: string; way: "curl" | "wget" }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(installerQuery(server));
  const isAgain = made.enrolment_token.kind === "computer";
  const name = isAgain ? (`reenrol_${way}` as const) : way;
  if (error) return <Unavailable error={error} />;
  if (!data) return <Loading />;
  return (
    <>
      <Content component="p">{t(isAgain ? "enrolment.pasteAgain" : "enrolment.paste")}</Content>
      <Command text={installCommand(data.commands[name], made.secret)} />
      <Told installer={data} />
    </>
  );
}

export function InstallCommand({ made, server }: { made: NewToken; server: string }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<Way>("curl");
  return (
    <div className="w-stack">
      <Alert variant="warning" isInline title={t("enrolment.madeOnce")} component="p" />
      <Tabs activeKey={way} onSelect={(_event, key) => setWay(key as Way)} aria-label={t("enrolment.ways")} mountOnEnter unmountOnExit>
        {TABS.map((one) => (
          <Tab key={one} eventKey={one} title={<TabTitleText>{t(`enrolment.way_${one}`)}</TabTitleText>}>
            <div className="w-above">
              {one === "installed" ? (
                <>
                  <Content component="p">{t("enrolment.madeText")}</Content>
                  <Command text={enrolCommand(made.bootstrap, server)} />
                </>
              ) : <Fresh made={made} server={server} way={one} />}
            </div>
          </Tab>
        ))}
      </Tabs>
    </div>
  );
}
