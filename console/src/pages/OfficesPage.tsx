// Remote offices: their names, and how many computers each has.
import { useState } from "react";
import { Button, Label, PageSection } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Office } from "../api/client";
import { officesQuery } from "../api/queries";
import { formatNumber } from "../lib/format";
import { useMay } from "../lib/may";
import { Loading } from "../parts/Loading";
import { OfficeActions } from "../parts/offices/OfficeActions";
import { OfficeCreate } from "../parts/offices/OfficeRename";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { Time } from "../parts/Time";

function Row({ office }: { office: Office }) {
  const { t, i18n } = useTranslation();
  const mayGo = useMay("computers", "read");
  const count = formatNumber(office.computer_count, i18n.language);
  return (
    <Tr>
      <Td dataLabel={t("common.name")} modifier="breakWord">
        <Link to={`/offices/${office.id}`}>{office.name}</Link>{" "}
        {office.is_local && <Label isCompact>{t("offices.local")}</Label>}
      </Td>
      <Td dataLabel={t("offices.computers")}>
        {mayGo ? <Link to={`/computers?office=${office.id}`} aria-label={`${office.name}: ${count}`}>{count}</Link> : count}
      </Td>
      <Td dataLabel={t("offices.created")}><Time at={office.created_at} isExact /></Td>
      <Td isActionCell><OfficeActions office={office} /></Td>
    </Tr>
  );
}

export function OfficesPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(officesQuery);
  const mayCreate = useMay("offices", "write");
  const [isCreating, setCreating] = useState(false);
  return (
    <>
      <PageHead title={t("offices.title")}>
        {mayCreate && <Button onClick={() => setCreating(true)}>{t("offices.create")}</Button>}
      </PageHead>
      <PageSection>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && (
          <Table aria-label={t("offices.table")} variant="compact">
            <Thead>
              <Tr>
                <Th>{t("common.name")}</Th><Th>{t("offices.computers")}</Th><Th>{t("offices.created")}</Th>
                <Th screenReaderText={t("common.actions")} />
              </Tr>
            </Thead>
            <Tbody>{data.items.map((office) => <Row key={office.id} office={office} />)}</Tbody>
          </Table>
        )}
      </PageSection>
      {isCreating && <OfficeCreate onClose={() => setCreating(false)} />}
    </>
  );
}
