// The audit log: who did what; whether it is whole, and how long it is kept.
import {
  Card, CardBody, CardTitle, Grid, GridItem, PageSection, Tab, TabContent, TabContentBody, Tabs, TabTitleText,
} from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { readFilter } from "../lib/auditAsked";
import { AuditLog } from "../parts/audit/AuditLog";
import { ExportMenu } from "../parts/audit/ExportMenu";
import { Retention } from "../parts/audit/Retention";
import { Verify } from "../parts/audit/Verify";
import { PageHead } from "../parts/PageHead";

const TABS = ["log", "integrity"] as const;

function Integrity() {
  const { t } = useTranslation();
  return (
    <Grid hasGutter>
      <GridItem span={12} xl={6}>
        <Card isFullHeight>
          <CardTitle component="h2">{t("audit.integrity")}</CardTitle>
          <CardBody><Verify /></CardBody>
        </Card>
      </GridItem>
      <GridItem span={12} xl={6}>
        <Card isFullHeight>
          <CardTitle component="h2">{t("audit.retention")}</CardTitle>
          <CardBody><Retention /></CardBody>
        </Card>
      </GridItem>
    </Grid>
  );
}

export function AuditPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const current = TABS.find((name) => name === address.get("tab")) ?? "log";
  return (
    <>
      <PageHead title={t("audit.title")}><ExportMenu filter={readFilter(address)} /></PageHead>
      <PageSection type="tabs">
        <Tabs activeKey={current} aria-label={t("audit.title")} usePageInsets
          onSelect={(_event, name) => setAddress(name === "log" ? {} : { tab: String(name) }, { replace: true })}>
          {TABS.map((name) => (
            <Tab key={name} eventKey={name} title={<TabTitleText>{t(`audit.tab_${name}`)}</TabTitleText>}
              tabContentId={`audit-${name}`} />
          ))}
        </Tabs>
      </PageSection>
      <PageSection>
        {TABS.map((name) => (
          <TabContent key={name} id={`audit-${name}`} eventKey={name} activeKey={current} hidden={name !== current}
            aria-label={t(`audit.tab_${name}`)}>
            {name === current && <TabContentBody>{name === "log" ? <AuditLog /> : <Integrity />}</TabContentBody>}
          </TabContent>
        ))}
      </PageSection>
    </>
  );
}
