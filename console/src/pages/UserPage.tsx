// One user: what the account is and may, its API tokens, and the way to what
// it did.
import {
  Breadcrumb, BreadcrumbItem, Card, CardBody, CardTitle, Flex, FlexItem, Grid, GridItem, PageSection,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { Problem } from "../api/client";
import { userQuery } from "../api/people";
import type { User } from "../api/people";
import { isLocked } from "../lib/locked";
import { useMay } from "../lib/may";
import { useNow } from "../lib/now";
import { Facts } from "../parts/Facts";
import { Gone } from "../parts/Gone";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { Scope } from "../parts/Scope";
import { Sessions } from "../parts/Sessions";
import { Time } from "../parts/Time";
import { TokenList } from "../parts/tokens/TokenList";
import { useRoleName } from "../parts/useRoleName";
import { UserActions } from "../parts/users/UserActions";
import { UserState } from "../parts/users/UserState";

function UserFacts({ user }: { user: User }) {
  const { t } = useTranslation();
  const roleName = useRoleName();
  const mayAudit = useMay("audit", "read");
  const now = useNow();
  return (
    <Card isFullHeight>
      <CardTitle component="h2">{t("users.account")}</CardTitle>
      <CardBody>
        <Facts rows={[
          [t("users.role"), <Link key="" to={`/roles/${user.role.id}`}>{roleName(user.role)}</Link>],
          [t("scope.label"), <Scope key="" scope={user.scope} />],
          [t("users.lastSignIn"), <Time key="" at={user.last_sign_in_at} isExact />],
          [t("users.lockedUntil"), isLocked(user, now) ? <Time key="" at={user.locked_until} isExact /> : null],
          [t("users.passwordChangedAt"), <Time key="" at={user.password_changed_at} isExact />],
          [t("users.createdAt"), <Time key="" at={user.created_at} isExact />],
          [t("computer.id"), <span key="" className="w-mono">{user.id}</span>],
          [t("users.did"), mayAudit
            ? <Link key="" to={`/audit?actor=${user.id}`}>{t("users.toAudit")}</Link> : null],
        ]} />
      </CardBody>
    </Card>
  );
}

function UserDetails({ user }: { user: User }) {
  const { t } = useTranslation();
  const mayTokens = useMay("api_tokens", "read");
  const mayEnd = useMay("users", "full");
  return (
    <Grid hasGutter>
      <GridItem span={12}><UserFacts user={user} /></GridItem>
      <GridItem span={12}>
        <Card>
          <CardTitle component="h2">{t("sessions.title")}</CardTitle>
          <CardBody><Sessions user={user.id} mayEnd={mayEnd} /></CardBody>
        </Card>
      </GridItem>
      {mayTokens && (
        <GridItem span={12}>
          <Card>
            <CardTitle component="h2">{t("apiTokens.title")}</CardTitle>
            <CardBody><TokenList of={{ kind: "user", id: user.id }} /></CardBody>
          </Card>
        </GridItem>
      )}
    </Grid>
  );
}

export function UserPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id = "" } = useParams();
  const { data: user, error, refetch } = useQuery(userQuery(id));
  if (error instanceof Problem && (error.status === 404 || error.status === 400))
    return <Gone title={t("users.missing")} to="/users" back={t("users.toList")} />;
  if (error && !user) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!user) return <Loading />;
  return (
    <>
      <PageHead title={user.name} above={
        <Breadcrumb aria-label={t("common.path")} className="w-path">
          <BreadcrumbItem><Link to="/users">{t("users.title")}</Link></BreadcrumbItem>
          <BreadcrumbItem isActive className="w-break">{user.name}</BreadcrumbItem>
        </Breadcrumb>
      }>
        <Flex alignItems={{ default: "alignItemsCenter" }}>
          <FlexItem><UserState user={user} /></FlexItem>
          <FlexItem><UserActions user={user} onDeleted={() => void navigate("/users")} /></FlexItem>
        </Flex>
      </PageHead>
      <PageSection><UserDetails user={user} /></PageSection>
    </>
  );
}
