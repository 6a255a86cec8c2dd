// Masthead, navigation, banners, and the page.
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import {
  Masthead, MastheadBrand, MastheadContent, MastheadLogo, MastheadMain, MastheadToggle, Nav, NavItem, NavList, Page,
  PageSidebar, PageSidebarBody, PageToggleButton, SkipToContent, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem,
} from "@patternfly/react-core";
import { BarsIcon } from "@patternfly/react-icons/dist/esm/icons/bars-icon";
import { Link, Outlet, useLocation } from "react-router";
import { Banners } from "../parts/Banners";
import { Brand } from "../parts/Brand";
import { UserMenu } from "../parts/UserMenu";
import { NAVIGATION } from "./navigation";

const MAIN = "main";

function isCurrent(path: string, to: string): boolean {
  return to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
}

function Head() {
  const { t } = useTranslation();
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label={t("common.openNavigation")}><BarsIcon /></PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" />}><Brand /></MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic>
          <ToolbarContent>
            <ToolbarGroup align={{ default: "alignEnd" }}>
              <ToolbarItem><UserMenu /></ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

function Sidebar() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label={t("common.navigation")}>
          <NavList>
            {NAVIGATION.map(({ to, label }) => (
              <NavItem key={to} itemId={to} isActive={isCurrent(pathname, to)}>
                <Link to={to}>{t(label)}</Link>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

export function Shell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  // A screen reader and the keyboard start at the new page's beginning.
  useEffect(() => {
    if (document.activeElement && document.activeElement !== document.body) document.getElementById(MAIN)?.focus();
  }, [pathname]);
  return (
    <Page
      masthead={<Head />}
      sidebar={<Sidebar />}
      isManagedSidebar
      isContentFilled
      mainContainerId={MAIN}
      mainTabIndex={-1}
      skipToContent={<SkipToContent href={`#${MAIN}`}>{t("skip")}</SkipToContent>}
    >
      <Banners />
      <Outlet />
    </Page>
  );
}
