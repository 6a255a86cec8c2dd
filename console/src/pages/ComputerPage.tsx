// One computer: what it is, what is on it, how it proves itself, what happened.
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import {
  Alert, Breadcrumb, BreadcrumbItem, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Flex, FlexItem,
  PageSection, Tab, TabContent, TabContentBody, Tabs, TabTitleText,
} from "@patternfly/react-core";
import { Problem } from "../api/client";
import type { Computer } from "../api/client";
import { computerQuery, inventoryQuery } from "../api/queries";
import { formatNumber } from "../lib/format";
import { useReach } from "../lib/may";
import { nameOf } from "../lib/name";
import { useOfficeNames } from "../lib/offices";
import { CertificateTab } from "../parts/CertificateTab";
import { ComputerActions } from "../parts/ComputerActions";
import { HardwareTab, NetworkTab, ServicesTab, SoftwareTab, UsersTab } from "../parts/ComputerTabs";
import { EventsTab } from "../parts/EventsTab";
import { Facts } from "../parts/Facts";
import { GroupLabels } from "../parts/groups/GroupLabels";
import { Live, StateLabel } from "../parts/Live";
import { Loading } from "../parts/Loading";
import { PageHead, usePageTitle } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { Time } from "../parts/Time";

const INVENTORY_TABS = {
  hardware: HardwareTab, software: SoftwareTab, services: ServicesTab, users: UsersTab, network: NetworkTab,
} as const;
type InventoryTab = keyof typeof INVENTORY_TABS;
const TABS = ["summary", "hardware", "software", "services", "users", "network", "certificate", "events"] as const;

// What a role may look at in one computer.
function useTabs() {
  const may = useReach();
  return TABS.filter((name) =>
    name === "events" ? may("events", "read") : !isInventory(name) || may("inventory", "read"));
}

function isInventory(name: string): name is InventoryTab {
  return Object.hasOwn(INVENTORY_TABS, name);
}

function SummaryTab({ computer }: { computer: Computer }) {
  const { t, i18n } = useTranslation();
  const offices = useOfficeNames();
  const by = { certificate: t("computer.byCertificate"), credential: t("computer.byCredential") };
  return (
    <>
      {computer.has_duplicate_name && <Alert variant="warning" isInline title={t("computer.duplicateName")} component="p" />}
      {computer.has_duplicate_hardware && (
        <Alert variant="warning" isInline title={t("computer.duplicateHardware")} component="p" />
      )}
      <GroupLabels computerId={computer.id} />
      <Facts rows={[
        [t("computers.office"), offices.get(computer.office_id)],
        [t("computers.os"), [computer.os_name, computer.os_version].filter(Boolean).join(" ")],
        [t("computers.architecture"), computer.architecture],
        [t("computers.serial"), computer.hardware_serial],
        [t("computers.address"), computer.address],
        [t("computers.agentVersion"), computer.agent_version],
        [t("computer.profile"), t(`profile.${computer.profile}`)],
        [t("computers.lastSeen"), <Time key="" at={computer.last_seen_at} />],
        [t("computer.lastSeenBy"), computer.last_seen_by && by[computer.last_seen_by]],
        [t("computer.provedAt"), <Time key="" at={computer.proved_at} isExact />],
        [t("computers.enrolled"), <Time key="" at={computer.enrolled_at} isExact />],
        [t("history.refreshAsked"), computer.refresh_requested_at && <Time key="" at={computer.refresh_requested_at} />],
        [t("computers.software"), computer.inventory_at && formatNumber(computer.software_count, i18n.language)],
        [t("computer.inventoryAt"), <Time key="" at={computer.inventory_at} isExact />],
        [t("computer.proxy"), computer.proxy_in_environment ? t("computer.proxySet") : null],
        [t("computer.id"), <span key="" className="w-mono">{computer.id}</span>],
      ]} />
    </>
  );
}

function InventoryPane({ id, name }: { id: string; name: InventoryTab }) {
  const { data, error, refetch } = useQuery(inventoryQuery(id));
  const Pane = INVENTORY_TABS[name];
  if (data) return <Pane sections={data.sections} />;
  if (error) return <ProblemState error={error} onRetry={() => void refetch()} />;
  return <Loading />;
}

function Pane({ name, computer }: { name: (typeof TABS)[number]; computer: Computer }) {
  if (isInventory(name)) return <InventoryPane id={computer.id} name={name} />;
  if (name === "certificate") return <CertificateTab id={computer.id} />;
  if (name === "events") return <EventsTab id={computer.id} />;
  return <SummaryTab computer={computer} />;
}

function Missing() {
  const { t } = useTranslation();
  usePageTitle(t("computer.missing"));
  return (
    <EmptyState titleText={t("computer.missing")} headingLevel="h1">
      <EmptyStateBody>{t("computer.missingText")}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions><Link to="/computers">{t("computer.toList")}</Link></EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}

function Head({ computer }: { computer: Computer }) {
  const { t } = useTranslation();
  return (
    <PageHead title={nameOf(computer)} above={
      <Breadcrumb aria-label={t("common.path")} className="w-path">
        <BreadcrumbItem><Link to="/computers">{t("computers.title")}</Link></BreadcrumbItem>
        <BreadcrumbItem isActive className="w-break">{nameOf(computer)}</BreadcrumbItem>
      </Breadcrumb>
    }>
      <Flex alignItems={{ default: "alignItemsCenter" }}>
        <FlexItem><Live computer={computer} /></FlexItem>
        <FlexItem><StateLabel computer={computer} /></FlexItem>
        <FlexItem><ComputerActions computer={computer} /></FlexItem>
      </Flex>
    </PageHead>
  );
}

export function ComputerPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const [search, setSearch] = useSearchParams();
  const { data: computer, error, refetch } = useQuery(computerQuery(id));
  const tabs = useTabs();
  const current = tabs.find((name) => name === search.get("tab")) ?? "summary";
  if (error instanceof Problem && (error.status === 404 || error.status === 400)) return <Missing />;
  if (error && !computer) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!computer) return <Loading />;
  return (
    <>
      <Head computer={computer} />
      <PageSection type="tabs">
        <Tabs activeKey={current} aria-label={nameOf(computer)} usePageInsets
          onSelect={(_event, name) => setSearch(name === "summary" ? {} : { tab: String(name) }, { replace: true })}>
          {tabs.map((name) => (
            <Tab key={name} eventKey={name} title={<TabTitleText>{t(`computer.${name}`)}</TabTitleText>}
              tabContentId={`tab-${name}`} />
          ))}
        </Tabs>
      </PageSection>
      <PageSection>
        {tabs.map((name) => (
          <TabContent key={name} id={`tab-${name}`} eventKey={name} activeKey={current} hidden={name !== current}
            aria-label={t(`computer.${name}`)}>
            {name === current && <TabContentBody><Pane name={name} computer={computer} /></TabContentBody>}
          </TabContent>
        ))}
      </PageSection>
    </>
  );
}
