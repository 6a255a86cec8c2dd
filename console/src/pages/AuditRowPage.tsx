// One row of the audit log, with what was before and after.
import { Breadcrumb, BreadcrumbItem, Card, CardBody, CardTitle, Grid, GridItem, PageSection } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { auditRowQuery } from "../api/audit";
import type { AuditRow } from "../api/audit";
import { Problem } from "../api/client";
import { useAuditWord } from "../i18n/audit";
import { useCodeText } from "../i18n/problem";
import { formatNumber } from "../lib/format";
import { AuditName } from "../parts/audit/AuditName";
import { DifferenceTable } from "../parts/audit/DifferenceTable";
import { Outcome } from "../parts/audit/Outcome";
import { Facts } from "../parts/Facts";
import { Gone } from "../parts/Gone";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { Time } from "../parts/Time";

function RowFacts({ row }: { row: AuditRow }) {
  const { t, i18n } = useTranslation();
  const word = useAuditWord();
  const codeText = useCodeText();
  const from = [row.address, row.listener && t("audit.over", { listener: row.listener })].filter(Boolean).join(" ");
  return (
    <Facts rows={[
      [t("audit.row"), formatNumber(row.row, i18n.language)],
      [t("audit.when"), <Time key="" at={row.at} isExact />],
      [t("audit.who"), <AuditName key="" name={row.actor} as="actor" />],
      [t("audit.what"), word("action", row.action)],
      [t("audit.target"), row.target?.kind ? <AuditName key="" name={row.target} as="target" /> : null],
      [t("audit.outcome"), <Outcome key="" row={row} />],
      [t("audit.reason"), row.code && codeText(row.code)],
      [t("audit.address"), from],
      [t("audit.same"), row.target?.id
        ? <Link key="" to={`/audit?target=${encodeURIComponent(row.target.id)}`}>{t("audit.sameTarget")}</Link> : null],
      [t("audit.word"), <span key="" className="w-mono">{[row.action, row.code].filter(Boolean).join(" ")}</span>],
      [t("audit.hash"), <span key="" className="w-mono">{row.hash}</span>],
      [t("audit.previousHash"), <span key="" className="w-mono">{row.previous_hash}</span>],
    ]} />
  );
}

export function AuditRowPage() {
  const { t, i18n } = useTranslation();
  const word = useAuditWord();
  const { row: asked = "" } = useParams();
  const { data: row, error, refetch } = useQuery(auditRowQuery(asked));
  if (error instanceof Problem && (error.status === 404 || error.status === 400))
    return <Gone title={t("audit.missing")} to="/audit" back={t("audit.toList")} />;
  if (error && !row) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!row) return <Loading />;
  return (
    <>
      <PageHead title={word("action", row.action)} above={
        <Breadcrumb aria-label={t("common.path")} className="w-path">
          <BreadcrumbItem><Link to="/audit">{t("audit.title")}</Link></BreadcrumbItem>
          <BreadcrumbItem isActive>{t("audit.rowNumber", { row: formatNumber(row.row, i18n.language) })}</BreadcrumbItem>
        </Breadcrumb>
      } />
      <PageSection>
        <Grid hasGutter>
          <GridItem span={12}>
            <Card><CardBody><RowFacts row={row} /></CardBody></Card>
          </GridItem>
          <GridItem span={12}>
            <Card>
              <CardTitle component="h2">{t("audit.values")}</CardTitle>
              <CardBody><DifferenceTable row={row} /></CardBody>
            </Card>
          </GridItem>
        </Grid>
      </PageSection>
    </>
  );
}
