// A page's title, in the page and in the browser's tab, and its actions.
import { useEffect } from "react";
import type { ReactNode } from "react";
import { Flex, FlexItem, PageSection, Title } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";

export function usePageTitle(title: string): void {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} – ${t("product")}`;
  }, [title, t]);
}

export function PageHead({ title, children, above }: { title: string; children?: ReactNode; above?: ReactNode }) {
  usePageTitle(title);
  return (
    <PageSection variant="default">
      {above}
      <Flex>
        <FlexItem grow={{ default: "grow" }}><Title headingLevel="h1" className="w-break">{title}</Title></FlexItem>
        {children && <FlexItem>{children}</FlexItem>}
      </Flex>
    </PageSection>
  );
}
