// The page, or why one's role does not come to it. Each address that stands in
// the navigation is judged, with all below it.
import { useQuery } from "@tanstack/react-query";
import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from "@patternfly/react-core";
import { LockIcon } from "@patternfly/react-icons/dist/esm/icons/lock-icon";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useLocation } from "react-router";
import { sessionQuery } from "../api/queries";
import { reaches } from "../lib/may";
import { usePageTitle } from "../parts/PageHead";
import { useRoleName } from "../parts/useRoleName";
import { entryOf } from "./navigation";

function Refused({ page }: { page: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const roleName = useRoleName();
  usePageTitle(page);
  const isScoped = data?.scope != null;
  const text = t(isScoped ? "refused.scoped" : "refused.role", { page, role: data ? roleName(data.user.role) : "" });
  return (
    <EmptyState titleText={t("refused.title", { page })} headingLevel="h1" icon={LockIcon}>
      <EmptyStateBody className="w-break">{text}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions><Link to="/">{t("refused.home")}</Link></EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}

export function Reach() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { data } = useQuery(sessionQuery);
  const entry = entryOf(pathname);
  if (entry?.module && !reaches(data?.permissions, entry.module, "read")) return <Refused page={t(entry.label)} />;
  return <Outlet />;
}
