// One title: its versions with their shares, and the computers that have it.
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Breadcrumb, BreadcrumbItem, Button, Content, Label, PageSection, Progress } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Problem } from "../api/client";
import type { Schemas } from "../api/client";
import { havingQuery, titleQuery, versionsQuery } from "../api/software";
import { formatNumber } from "../lib/format";
import { useMay } from "../lib/may";
import { nameOf } from "../lib/name";
import { usePages } from "../lib/pages";
import { readVersion, shareOf } from "../lib/software";
import { Gone } from "../parts/Gone";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { Pager } from "../parts/Pager";
import { ProblemState } from "../parts/ProblemState";
import { Time } from "../parts/Time";

type Title = Schemas["SoftwareTitle"];
const VERSIONS_LIMIT = 50, COMPUTERS_LIMIT = 50;

interface Chosen {
  version: number | undefined;
  onVersion: (version: number | undefined) => void;
}

function Versions({ title, version, onVersion }: { title: Title } & Chosen) {
  const { t, i18n } = useTranslation();
  const pages = usePages();
  const { data, error, isPlaceholderData, refetch } = useQuery(versionsQuery(String(title.id), { limit: VERSIONS_LIMIT, ...pages.part }));
  if (!data) return error ? <ProblemState error={error} onRetry={() => void refetch()} /> : <Loading />;
  return (
    <>
      <Content component="h2">{t("software.versions")}</Content>
      <Table aria-label={t("software.versions")} variant="compact">
        <Thead>
          <Tr>
            <Th>{t("computer.version")}</Th><Th modifier="nowrap">{t("computers.title")}</Th><Th>{t("home.share")}</Th>
            <Th screenReaderText={t("common.actions")} />
          </Tr>
        </Thead>
        <Tbody>
          {data.items.map((one) => {
            const name = one.version || t("common.unknown");
            return (
              <Tr key={one.id}>
                <Td dataLabel={t("computer.version")} modifier="breakWord">{name}</Td>
                <Td dataLabel={t("computers.title")}>{formatNumber(one.computers, i18n.language)}</Td>
                <Td dataLabel={t("home.share")} className="w-name">
                  <Progress value={shareOf(one.computers, title.computers)} aria-label={t("software.shareOf", { name })} size="sm" />
                </Td>
                <Td>
                  <Button variant="link" isInline onClick={() => onVersion(one.id === version ? undefined : one.id)}
                    aria-pressed={one.id === version} aria-label={t("software.onlyThis", { name })}>
                    {t("software.only")}
                  </Button>
                </Td>
              </Tr>
            );
          })}
        </Tbody>
      </Table>
      <Pager label={t("software.versions")} pages={pages} limit={VERSIONS_LIMIT} count={data.items.length} next={data.next_cursor}
        isDisabled={isPlaceholderData} />
    </>
  );
}

function Having({ title, version, onVersion }: { title: Title } & Chosen) {
  const { t } = useTranslation();
  const pages = usePages();
  const { data, error, isPlaceholderData, refetch } = useQuery(havingQuery(String(title.id), {
    limit: COMPUTERS_LIMIT, ...pages.part, ...(version !== undefined && { version_id: version }),
  }));
  if (!data) return error ? <ProblemState error={error} onRetry={() => void refetch()} /> : <Loading />;
  return (
    <>
      <Content component="h2">{t("software.having")}</Content>
      {version !== undefined && (
        <Label color="blue" onClose={() => onVersion(undefined)} closeBtnAriaLabel={t("common.clearFilters")}>
          {t("software.versionIs", { name: data.items[0]?.version ?? "" })}
        </Label>
      )}
      <div className="w-scroll">
        <Table aria-label={t("software.having")} variant="compact">
          <Thead>
            <Tr>
              <Th className="w-name">{t("common.name")}</Th><Th>{t("computer.version")}</Th>
              <Th modifier="nowrap">{t("computer.installed")}</Th><Th>{t("computers.os")}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {data.items.map((one) => (
              <Tr key={`${one.computer_id} ${one.version_id}`}>
                <Td dataLabel={t("common.name")} modifier="breakWord">
                  <Link to={`/computers/${one.computer_id}?tab=software`} className="w-break">{nameOf({ id: one.computer_id, name: one.name })}</Link>
                </Td>
                <Td dataLabel={t("computer.version")} modifier="breakWord">{one.version}</Td>
                <Td dataLabel={t("computer.installed")}>
                  {one.installed_at === null ? t("common.unknown") : <Time at={one.installed_at} isExact />}
                </Td>
                <Td dataLabel={t("computers.os")} modifier="breakWord">{[one.os_name, one.os_version].filter(Boolean).join(" ")}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </div>
      <Pager label={t("software.having")} pages={pages} limit={COMPUTERS_LIMIT} count={data.items.length} next={data.next_cursor}
        isDisabled={isPlaceholderData} />
    </>
  );
}

export function SoftwareTitlePage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const [search, setSearch] = useSearchParams();
  const { data: title, error, refetch } = useQuery(titleQuery(id));
  const mayName = useMay("computers", "read");
  const version = readVersion(search);
  const onVersion = (next: number | undefined) =>
    setSearch(next === undefined ? {} : { version: String(next) }, { replace: true });
  if (error instanceof Problem && (error.status === 404 || error.status === 400)) return <Gone title={t("software.missing")} to="/software" back={t("software.toList")} />;
  if (!title) return error ? <ProblemState error={error} onRetry={() => void refetch()} /> : <Loading />;
  const address = version === undefined ? "" : `?version_id=${version}`;
  return (
    <>
      <PageHead title={title.name} above={
        <Breadcrumb aria-label={t("common.path")} className="w-path">
          <BreadcrumbItem><Link to="/software">{t("software.title")}</Link></BreadcrumbItem>
          <BreadcrumbItem isActive className="w-break">{title.name}</BreadcrumbItem>
        </Breadcrumb>
      }>
        {mayName && <Button variant="secondary" component="a" href={`/api/v1/software/${title.id}/export${address}`}>{t("software.export")}</Button>}
      </PageHead>
      <PageSection>
        <Versions key={title.id} title={title} version={version} onVersion={onVersion} />
      </PageSection>
      {mayName && (
        <PageSection>
          {/* Another version begins at its first page. */}
          <Having key={`${title.id} ${version ?? ""}`} title={title} version={version} onVersion={onVersion} />
        </PageSection>
      )}
    </>
  );
}
