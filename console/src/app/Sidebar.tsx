// The navigation of a role, with its groups to open and close.
import { useState } from "react";
import { Nav, NavExpandable, NavItem, NavList, PageSidebar, PageSidebarBody } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { useReach } from "../lib/may";
import { isCurrent, navigationFor } from "./navigation";
import type { Entry } from "./navigation";

export function Sidebar() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const reach = useReach();
  const [closed, setClosed] = useState<readonly string[]>([]);
  const item = ({ to, label }: Entry) => (
    <NavItem key={to} itemId={to} isActive={isCurrent(pathname, to)}><Link to={to}>{t(label)}</Link></NavItem>
  );
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label={t("common.navigation")}>
          <NavList>
            {navigationFor(reach).map((one) => ("entries" in one ? (
              <NavExpandable key={one.id} groupId={one.id} title={t(one.label)} isExpanded={!closed.includes(one.id)}
                isActive={one.entries.some(({ to }) => isCurrent(pathname, to))}
                onExpand={(_event, isOpen) => setClosed((all) =>
                  isOpen ? all.filter((id) => id !== one.id) : [...all, one.id])}>
                {one.entries.map(item)}
              </NavExpandable>
            ) : item(one)))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}
