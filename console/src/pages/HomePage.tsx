// The fleet at a glance.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import {
  Card, CardBody, CardTitle, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm,
  EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Gallery, Grid, GridItem, Label, List, ListItem, PageSection, Progress,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { alertsQuery } from "../api/alerts";
import type { Schemas } from "../api/client";
import { fleetQuery, statusQuery } from "../api/queries";
import { linkOf, titleOf } from "../lib/alert";
import { formatNumber } from "../lib/format";
import { useMay } from "../lib/may";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { Time } from "../parts/Time";

type Fleet = Schemas["Fleet"];

function NumberCard({ title, value, to }: { title: string; value: number | null; to?: string }) {
  const { i18n } = useTranslation();
  const text = value === null ? "–" : formatNumber(value, i18n.language);
  return (
    <Card isFullHeight>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody><span className="w-number">{to ? <Link to={to} aria-label={`${title}: ${text}`}>{text}</Link> : text}</span></CardBody>
    </Card>
  );
}

interface Kind { name: string; to?: string; count: number }

function Kinds({ title, kinds, total }: { title: string; kinds: Kind[]; total: number }) {
  const { t, i18n } = useTranslation();
  return (
    <Card isFullHeight>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>
        <Table aria-label={title} variant="compact" borders={false} gridBreakPoint="">
          <Thead>
            <Tr><Th modifier="wrap">{t("common.name")}</Th><Th modifier="wrap" width={40}>{t("home.share")}</Th><Th modifier="nowrap">{t("home.count")}</Th></Tr>
          </Thead>
          <Tbody>
            {kinds.map(({ name, to, count }) => (
              <Tr key={name}>
                <Td className="w-break">{to ? <Link to={to}>{name}</Link> : name}</Td>
                <Td><Progress value={total > 0 ? (100 * count) / total : 0} measureLocation="none" size="sm" aria-label={name} /></Td>
                <Td>{formatNumber(count, i18n.language)}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </CardBody>
    </Card>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}

function ServerCard() {
  const { t } = useTranslation();
  const enabled = useMay("settings", "read");
  const { data } = useQuery({ ...statusQuery, enabled });
  if (!data) return null;
  return (
    <Card isFullHeight>
      <CardTitle component="h2">{t("home.server")}</CardTitle>
      <CardBody>
        <DescriptionList isHorizontal isCompact>
          <Fact term={t("home.version")}>{data.version}</Fact>
          <Fact term={t("home.running")}><Time at={data.started_at} isExact /></Fact>
          <Fact term={t("home.signer")}>{t(`signer.${data.signer.state}`)}</Fact>
          <Fact term={t("home.database")}>{t(`database.${data.database.state}`)}</Fact>
          <Fact term={t("home.serverCertificate")}><Time at={data.server_certificate.not_after} isExact /></Fact>
          <Fact term={t("home.agentCa")}><Time at={data.agent_ca.not_after} isExact /></Fact>
        </DescriptionList>
      </CardBody>
    </Card>
  );
}

const LABELS = { notice: "info", warning: "warning", critical: "danger" } as const;

// What nobody has seen to yet; all of it is behind the bell.
function AlertsCard() {
  const { t } = useTranslation();
  const { data } = useQuery(alertsQuery);
  const open = data?.items.filter((alert) => !alert.acknowledged) ?? [];
  return (
    <Card isFullHeight>
      <CardTitle component="h2">{t("alerts.home")}</CardTitle>
      <CardBody>
        {open.length === 0 && t("alerts.homeNone")}
        {open.length > 0 && (
          <List isPlain>
            {open.map((alert) => {
              const link = linkOf(alert);
              const title = titleOf(t, alert);
              return (
                <ListItem key={alert.kind}>
                  <Label status={LABELS[alert.severity]} isCompact>{t(`alerts.severity.${alert.severity}`)}</Label>{" "}
                  {link ? <Link to={link}>{title}</Link> : title}
                </ListItem>
              );
            })}
          </List>
        )}
      </CardBody>
    </Card>
  );
}

function NoComputer() {
  const { t } = useTranslation();
  if (!useMay("enrolment", "write")) return <EmptyState titleText={t("home.empty")} headingLevel="h2" />;
  return (
    <EmptyState titleText={t("home.empty")} headingLevel="h2">
      <EmptyStateBody>{t("home.emptyText")}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions><Link to="/enrolment">{t("home.emptyAction")}</Link></EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}

function Numbers({ fleet }: { fleet: Fleet }) {
  const { t } = useTranslation();
  return (
    <Gallery hasGutter minWidths={{ default: "10.5rem" }}>
      <NumberCard title={t("home.managed")} value={fleet.managed} to="/computers?state=active" />
      <NumberCard title={t("home.live")} value={fleet.live} to="/computers?state=active&sort=-last_seen_at" />
      <NumberCard title={t("home.notSeen")} value={fleet.not_seen} to="/computers?state=active&seen=7" />
      <NumberCard title={t("home.expiring")} value={fleet.expiring_certificates}
        to="/computers?state=active&certificate=expiring" />
      <NumberCard title={t("home.expired")} value={fleet.expired_certificates}
        to="/computers?state=active&certificate=expired" />
    </Gallery>
  );
}

function systemsOf(fleet: Fleet, unknown: string): Kind[] {
  return fleet.operating_systems.map(({ name, version, count }) =>
    name === null
      ? { name: unknown, count }
      : { name: [name, version].filter(Boolean).join(" "), to: `/computers?state=active&os=${encodeURIComponent(name)}`, count });
}

export function HomePage() {
  const { t } = useTranslation();
  const enabled = useMay("computers", "read");
  const { data: fleet, error, refetch } = useQuery({ ...fleetQuery, enabled });
  const unknown = t("common.unknown");
  return (
    <>
      <PageHead title={t("home.title")} />
      <PageSection>
        {enabled && !fleet && !error && <Loading />}
        {!enabled && <ServerCard />}
        {!fleet && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {fleet && (
          <Grid hasGutter>
            <GridItem span={12}><Numbers fleet={fleet} /></GridItem>
            {fleet.managed === 0 && <GridItem span={12}><NoComputer /></GridItem>}
            {fleet.managed > 0 && (
              <>
                <GridItem span={12} xl={6}>
                  <Kinds title={t("home.byOs")} kinds={systemsOf(fleet, unknown)} total={fleet.managed} />
                </GridItem>
                <GridItem span={12} xl={6}>
                  <Kinds title={t("home.byAgent")} total={fleet.managed}
                    kinds={fleet.agent_versions.map((row) => ({
                      name: row.version ?? unknown, count: row.count,
                      ...(row.version && { to: `/computers?state=active&agent=${encodeURIComponent(row.version)}` }),
                    }))} />
                </GridItem>
              </>
            )}
            <GridItem span={12} xl={6}><AlertsCard /></GridItem>
            <GridItem span={12} xl={6}><ServerCard /></GridItem>
          </Grid>
        )}
      </PageSection>
    </>
  );
}
