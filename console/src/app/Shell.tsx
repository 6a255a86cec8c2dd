// Masthead, navigation, banners, and the page.
import { useEffect } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import {
  Masthead, MastheadBrand, MastheadContent, MastheadLogo, MastheadMain, MastheadToggle, Page, PageToggleButton,
  SkipToContent, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem,
} from "@patternfly/react-core";
import { BarsIcon } from "@patternfly/react-icons/dist/esm/icons/bars-icon";
import { Link, useLocation } from "react-router";
import { Banners } from "../parts/Banners";
import { useBell, useChanges } from "../parts/Bell";
import { Brand } from "../parts/Brand";
import { UserMenu } from "../parts/UserMenu";
import { Reach } from "./Reach";
import { Sidebar } from "./Sidebar";

const MAIN = "main";

function Head({ bell }: { bell: ReactNode }) {
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
              <ToolbarItem>{bell}</ToolbarItem>
              <ToolbarItem><UserMenu /></ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

export function Shell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { bell, drawer, isOpen } = useBell();
  useChanges();
  // A screen reader and the keyboard start at the new page's beginning.
  useEffect(() => {
    if (document.activeElement && document.activeElement !== document.body) document.getElementById(MAIN)?.focus();
  }, [pathname]);
  return (
    <Page
      masthead={<Head bell={bell} />}
      sidebar={<Sidebar />}
      isManagedSidebar
      notificationDrawer={drawer}
      isNotificationDrawerExpanded={isOpen}
      isContentFilled
      mainContainerId={MAIN}
      mainTabIndex={-1}
      skipToContent={<SkipToContent href={`#${MAIN}`}>{t("skip")}</SkipToContent>}
    >
      <Banners />
      <Reach />
    </Page>
  );
}
