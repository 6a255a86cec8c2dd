// One remote office: its computers, its enrolment tokens, and who is limited to
// it.
import {
  Breadcrumb, BreadcrumbItem, Card, CardBody, CardTitle, Flex, FlexItem, Grid, GridItem, Label, PageSection,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { Problem } from "../api/client";
import type { Office } from "../api/client";
import { officeQuery } from "../api/offices";
import { formatNumber } from "../lib/format";
import { useReach } from "../lib/may";
import { Facts } from "../parts/Facts";
import { Gone } from "../parts/Gone";
import { Loading } from "../parts/Loading";
import { OfficeActions } from "../parts/offices/OfficeActions";
import { OfficeTokens } from "../parts/offices/OfficeTokens";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { Time } from "../parts/Time";
import { TokenList } from "../parts/tokens/TokenList";
import { PlaceUsers } from "../parts/users/PlaceUsers";

function OfficeDetails({ office }: { office: Office }) {
  const { t, i18n } = useTranslation();
  const may = useReach();
  const count = formatNumber(office.computer_count, i18n.language);
  return (
    <Grid hasGutter>
      <GridItem span={12}>
        <Card>
          <CardBody>
            <Facts rows={[
              [t("offices.computers"), may("computers", "read")
                ? <Link key="" to={`/computers?office=${office.id}`}>{t("offices.toComputers", { count: office.computer_count })}</Link>
                : count],
              [t("offices.created"), <Time key="" at={office.created_at} isExact />],
              [t("computer.id"), <span key="" className="w-mono">{office.id}</span>],
              [t("offices.history"), may("audit", "read")
                ? <Link key="" to={`/audit?target=${office.id}`}>{t("users.toAudit")}</Link> : null],
            ]} />
          </CardBody>
        </Card>
      </GridItem>
      {may("enrolment", "read") && (
        <GridItem span={12}>
          <Card>
            <CardTitle component="h2">{t("enrolment.table")}</CardTitle>
            <CardBody><OfficeTokens id={office.id} /></CardBody>
          </Card>
        </GridItem>
      )}
      {may("users", "read") && (
        <GridItem span={12}>
          <Card>
            <CardTitle component="h2">{t("offices.users")}</CardTitle>
            <CardBody><PlaceUsers id={office.id} label={t("offices.users")} none={t("offices.noUsers")} /></CardBody>
          </Card>
        </GridItem>
      )}
      {may("api_tokens", "read") && (
        <GridItem span={12}>
          <Card>
            <CardTitle component="h2">{t("offices.tokens")}</CardTitle>
            <CardBody><TokenList of={{ kind: "place", id: office.id }} none={t("offices.noTokens")} /></CardBody>
          </Card>
        </GridItem>
      )}
    </Grid>
  );
}

export function OfficePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id = "" } = useParams();
  const { data: office, error, refetch } = useQuery(officeQuery(id));
  if (error instanceof Problem && (error.status === 404 || error.status === 400))
    return <Gone title={t("offices.missing")} to="/offices" back={t("offices.toList")} />;
  if (error && !office) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!office) return <Loading />;
  return (
    <>
      <PageHead title={office.name} above={
        <Breadcrumb aria-label={t("common.path")} className="w-path">
          <BreadcrumbItem><Link to="/offices">{t("offices.title")}</Link></BreadcrumbItem>
          <BreadcrumbItem isActive className="w-break">{office.name}</BreadcrumbItem>
        </Breadcrumb>
      }>
        <Flex alignItems={{ default: "alignItemsCenter" }}>
          {office.is_local && <FlexItem><Label>{t("offices.local")}</Label></FlexItem>}
          <FlexItem><OfficeActions office={office} onDeleted={() => void navigate("/offices")} /></FlexItem>
        </Flex>
      </PageHead>
      <PageSection><OfficeDetails office={office} /></PageSection>
    </>
  );
}
