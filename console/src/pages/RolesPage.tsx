// Roles: those that are always there, and those made here.
import { useState } from "react";
import { Button, Card, CardBody, CardTitle, Content, Label, PageSection } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { rolesQuery } from "../api/people";
import type { Role } from "../api/people";
import { formatNumber } from "../lib/format";
import { useMay } from "../lib/may";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { LevelWords } from "../parts/roles/LevelWords";
import { RoleActions } from "../parts/roles/RoleActions";
import { RoleEdit } from "../parts/roles/RoleEdit";
import { useRoleName } from "../parts/useRoleName";

function Row({ role }: { role: Role }) {
  const { t, i18n } = useTranslation();
  const roleName = useRoleName();
  const users = formatNumber(role.user_count, i18n.language);
  return (
    <Tr>
      <Td dataLabel={t("common.name")} modifier="breakWord"><Link to={`/roles/${role.id}`}>{roleName(role)}</Link></Td>
      <Td dataLabel={t("roles.kind")}>
        <Label isCompact {...(role.built_in === null && { color: "blue" })}>
          {t(role.built_in === null ? "roles.custom" : "roles.builtIn")}
        </Label>
      </Td>
      <Td dataLabel={t("roles.userCount")}>
        {role.user_count > 0 ? <Link to={`/users?role=${role.id}`} aria-label={`${t("roles.userCount")}: ${users}`}>{users}</Link> : users}
      </Td>
      <Td dataLabel={t("roles.tokenCount")}>{formatNumber(role.api_token_count, i18n.language)}</Td>
      <Td isActionCell><RoleActions role={role} /></Td>
    </Tr>
  );
}

export function RolesPage() {
  const { t } = useTranslation();
  const mayCreate = useMay("users", "write");
  const [isCreating, setCreating] = useState(false);
  const { data, error, refetch } = useQuery(rolesQuery);
  return (
    <>
      <PageHead title={t("roles.title")}>
        {mayCreate && <Button onClick={() => setCreating(true)}>{t("roles.create")}</Button>}
      </PageHead>
      <PageSection>
        <Content component="p">{t("roles.intro")}</Content>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && (
          <Table aria-label={t("roles.table")} variant="compact">
            <Thead>
              <Tr>
                <Th>{t("common.name")}</Th><Th>{t("roles.kind")}</Th><Th>{t("roles.userCount")}</Th>
                <Th>{t("roles.tokenCount")}</Th><Th screenReaderText={t("common.actions")} />
              </Tr>
            </Thead>
            <Tbody>{data.items.map((role) => <Row key={role.id} role={role} />)}</Tbody>
          </Table>
        )}
      </PageSection>
      <PageSection>
        <Card>
          <CardTitle component="h2">{t("roles.levels")}</CardTitle>
          <CardBody><LevelWords /></CardBody>
        </Card>
      </PageSection>
      {isCreating && <RoleEdit role={null} isCopy={false} onClose={() => setCreating(false)} />}
    </>
  );
}
