// Server settings: the refresh cycle, and what the configuration file says.
import { useTranslation } from "react-i18next";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Card, CardBody, CardTitle, Content, PageSection, StackItem } from "@patternfly/react-core";
import { changeServerSettings, serverSettingsQuery } from "../api/settings";
import type { ServerSettings } from "../api/settings";
import { formatNumber } from "../lib/format";
import { useMay } from "../lib/may";
import { Facts } from "../parts/Facts";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { SettingsForm } from "../parts/SettingsForm";

function FileCard({ file }: { file: ServerSettings["file"] }) {
  const { t } = useTranslation();
  return (
    <Card>
      <CardTitle component="h2">{t("settings.namesAndPorts")}</CardTitle>
      <CardBody>
        <Content component="p">{t("settings.inTheFile")}</Content>
        <Facts rows={[
          [t("settings.names"), file.names.join(", ")],
          [t("settings.listen"), file.listen.map((one) => (one === "*" ? t("settings.allAddresses") : one)).join(", ")],
          [t("settings.httpPort"), file.http_port],
          [t("settings.httpsPort"), file.https_port],
          [t("settings.agentPort"), file.agent_port],
        ]} />
      </CardBody>
    </Card>
  );
}

function Settings({ settings, onReload }: { settings: ServerSettings; onReload: () => void }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const minutes = formatNumber(Math.round(settings.in_force.refresh_seconds / 6) / 10, i18n.language);
  return (
    <SettingsForm onReload={onReload} mayChange={useMay("settings", "write")}
      values={{ refresh_minutes: settings.refresh_minutes }}
      cards={[{
        title: t("settings.refreshCycle"),
        fields: [{
          name: "refresh_minutes", label: t("settings.refreshMinutes"), help: t("settings.refreshHelp"), least: 5, most: 1440,
          isOptional: true, inForce: t("settings.inForceMinutes", { value: minutes }),
        }],
      }]}
      save={async (changes) => {
        client.setQueryData(serverSettingsQuery.queryKey, await changeServerSettings(settings.version, changes));
      }}>
      <StackItem><FileCard file={settings.file} /></StackItem>
    </SettingsForm>
  );
}

export function ServerSettingsPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(serverSettingsQuery);
  return (
    <>
      <PageHead title={t("settings.server")} />
      <PageSection>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && <Settings settings={data} onReload={() => void refetch()} />}
      </PageSection>
    </>
  );
}
