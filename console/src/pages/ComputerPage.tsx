// One computer: what it is, what is on it, how it proves itself, what happened.
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import {
  Alert, Breadcrumb, BreadcrumbItem, Content, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Flex,
  FlexItem, Label, PageSection, Tab, TabContent, TabContentBody, Tabs, TabTitleText,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Problem } from "../api/client";
import type { Computer, Schemas } from "../api/client";
import { certificatesQuery, computerEventsQuery, computerQuery, inventoryQuery } from "../api/queries";
import en from "../i18n/en.json";
import { formatFingerprint, formatTime } from "../lib/format";
import { useReach } from "../lib/may";
import { useOfficeNames } from "../lib/offices";
import { ComputerActions } from "../parts/ComputerActions";
import { HardwareTab, NetworkTab, ServicesTab, SoftwareTab, UsersTab } from "../parts/ComputerTabs";
import { Facts } from "../parts/Facts";
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
  const { t } = useTranslation();
  const offices = useOfficeNames();
  const by = { certificate: t("computer.byCertificate"), credential: t("computer.byCredential") };
  return (
    <>
      {computer.has_duplicate_name && <Alert variant="warning" isInline title={t("computer.duplicateName")} component="p" />}
      {computer.has_duplicate_hardware && (
        <Alert variant="warning" isInline title={t("computer.duplicateHardware")} component="p" />
      )}
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

function CertificateRow({ certificate }: { certificate: Schemas["Certificate"] }) {
  const { t, i18n } = useTranslation();
  const range = t("computer.validityRange", {
    from: formatTime(certificate.not_before, i18n.language), to: formatTime(certificate.not_after, i18n.language),
  });
  const isCurrent = certificate.state === "valid" && !certificate.is_superseded;
  return (
    <Tr>
      <Td dataLabel={t("computer.certificateState")}>
        <Label isCompact {...(certificate.state === "revoked" ? { status: "danger" } : isCurrent ? { status: "success" } : {})}>
          {isCurrent ? t("computer.current") : certificate.state === "valid"
            ? t("computer.superseded") : t(`certificateState.${certificate.state}`)}
        </Label>
        {certificate.revocation_reason && <div className="w-break">{certificate.revocation_reason}</div>}
      </Td>
      <Td dataLabel={t("computer.validity")}>{range}</Td>
      <Td dataLabel={t("computer.lastUsed")}><Time at={certificate.last_used_at} /></Td>
      <Td dataLabel={t("computer.serialNumber")} modifier="breakWord" className="w-mono">{certificate.serial}</Td>
      <Td dataLabel={t("computer.fingerprint")} modifier="breakWord" className="w-mono">{formatFingerprint(certificate.sha256)}</Td>
    </Tr>
  );
}

function CertificateTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(certificatesQuery(id));
  if (error && !data) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  return (
    <Table aria-label={t("computer.certificate")} variant="compact">
      <Thead>
        <Tr>
          <Th>{t("computer.certificateState")}</Th><Th>{t("computer.validity")}</Th><Th>{t("computer.lastUsed")}</Th>
          <Th>{t("computer.serialNumber")}</Th><Th>{t("computer.fingerprint")}</Th>
        </Tr>
      </Thead>
      <Tbody>{data.items.map((one) => <CertificateRow key={one.serial} certificate={one} />)}</Tbody>
    </Table>
  );
}

type EventKind = keyof typeof en.event;

function useEventName() {
  const { t } = useTranslation();
  return (kind: string) => (Object.hasOwn(en.event, kind) ? t(`event.${kind as EventKind}`) : kind);
}

function detailOf(detail: Record<string, unknown> | null): string {
  return Object.entries(detail ?? {}).map(([name, value]) =>
    `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");
}

function EventsTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const nameOf = useEventName();
  const { data, error, refetch } = useQuery(computerEventsQuery(id));
  if (error && !data) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  return (
    <>
      {data.next_cursor && <Content component="small">{t("computer.more")}</Content>}
      <Table aria-label={t("computer.events")} variant="compact">
        <Thead>
          <Tr>
            <Th>{t("computer.when")}</Th><Th>{t("computer.what")}</Th><Th>{t("computers.address")}</Th>
            <Th>{t("computer.detail")}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {data.items.map((event) => (
            <Tr key={event.id}>
              <Td dataLabel={t("computer.when")}><Time at={event.at} isExact /></Td>
              <Td dataLabel={t("computer.what")}>{nameOf(event.kind)}</Td>
              <Td dataLabel={t("computers.address")}>{event.address}</Td>
              <Td dataLabel={t("computer.detail")} modifier="breakWord">{detailOf(event.detail)}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </>
  );
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
    <PageHead title={computer.name} above={
      <Breadcrumb aria-label={t("common.path")} className="w-path">
        <BreadcrumbItem><Link to="/computers">{t("computers.title")}</Link></BreadcrumbItem>
        <BreadcrumbItem isActive className="w-break">{computer.name}</BreadcrumbItem>
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
        <Tabs activeKey={current} aria-label={computer.name} usePageInsets
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
