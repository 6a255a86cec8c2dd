// One role: what it may in each module, and who has it.
import {
  Breadcrumb, BreadcrumbItem, Card, CardBody, CardTitle, Content, Flex, FlexItem, Grid, GridItem, Label, PageSection,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { Problem } from "../api/client";
import { roleQuery, usersQuery } from "../api/people";
import type { Role } from "../api/people";
import { Gone } from "../parts/Gone";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { LevelWords } from "../parts/roles/LevelWords";
import { Matrix } from "../parts/roles/Matrix";
import { RoleActions } from "../parts/roles/RoleActions";
import { useRoleName } from "../parts/useRoleName";
import { UserTable } from "../parts/users/UserTable";

const SHOWN = 50;

function Holders({ role }: { role: Role }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(usersQuery({ limit: SHOWN, role_id: role.id }));
  if (error && !data) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  return (
    <>
      <Content component="p">{t("roles.counts", {
        users: t("roles.users", { count: role.user_count }), tokens: t("roles.tokens", { count: role.api_token_count }),
      })}</Content>
      {data.items.length > 0 && <UserTable label={t("roles.holders")} users={data.items} isPlain />}
      {data.next_cursor && <Link to={`/users?role=${role.id}`}>{t("roles.allHolders")}</Link>}
    </>
  );
}

export function RolePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const roleName = useRoleName();
  const { id = "" } = useParams();
  const { data: role, error, refetch } = useQuery(roleQuery(id));
  if (error instanceof Problem && (error.status === 404 || error.status === 400))
    return <Gone title={t("roles.missing")} to="/roles" back={t("roles.toList")} />;
  if (error && !role) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!role) return <Loading />;
  const name = roleName(role);
  return (
    <>
      <PageHead title={name} above={
        <Breadcrumb aria-label={t("common.path")} className="w-path">
          <BreadcrumbItem><Link to="/roles">{t("roles.title")}</Link></BreadcrumbItem>
          <BreadcrumbItem isActive className="w-break">{name}</BreadcrumbItem>
        </Breadcrumb>
      }>
        <Flex alignItems={{ default: "alignItemsCenter" }}>
          <FlexItem>
            <Label {...(role.built_in === null && { color: "blue" })}>
              {t(role.built_in === null ? "roles.custom" : "roles.builtIn")}
            </Label>
          </FlexItem>
          <FlexItem><RoleActions role={role} onDeleted={() => void navigate("/roles")} /></FlexItem>
        </Flex>
      </PageHead>
      <PageSection>
        <Grid hasGutter>
          <GridItem span={12} xl={7}>
            <Card>
              <CardTitle component="h2">{t("roles.rights")}</CardTitle>
              <CardBody><Matrix label={t("roles.rights")} levels={role.levels} /></CardBody>
            </Card>
          </GridItem>
          <GridItem span={12} xl={5}>
            <Card>
              <CardTitle component="h2">{t("roles.levels")}</CardTitle>
              <CardBody><LevelWords /></CardBody>
            </Card>
          </GridItem>
          <GridItem span={12}>
            <Card>
              <CardTitle component="h2">{t("roles.holders")}</CardTitle>
              <CardBody><Holders role={role} /></CardBody>
            </Card>
          </GridItem>
        </Grid>
      </PageSection>
    </>
  );
}
