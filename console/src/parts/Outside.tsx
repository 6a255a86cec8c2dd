// The frame of pages before the shell: brand, languages, one card.
import type { ReactNode } from "react";
import { Button, Card, CardBody, CardTitle, Flex, FlexItem, Title } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { chooseLanguage, LANGUAGES } from "../i18n";
import { PlainBanner, ReachBanner } from "./Banners";
import { Brand } from "./Brand";
import { usePageTitle } from "./PageHead";

export function Outside({ title, children, below }: { title: string; children: ReactNode; below?: ReactNode }) {
  const { t, i18n } = useTranslation();
  usePageTitle(title);
  return (
    <main className="w-sign-in">
      <div className="w-sign-in__head">
        <Brand />
        <Flex spaceItems={{ default: "spaceItemsNone" }} role="group" aria-label={t("language.label")}>
          {LANGUAGES.map((language) => (
            <FlexItem key={language}>
              <Button variant="link" size="sm" lang={language} aria-pressed={i18n.language === language}
                onClick={() => chooseLanguage(language)}>{t(`language.${language}`)}</Button>
            </FlexItem>
          ))}
        </Flex>
      </div>
      <ReachBanner />
      <PlainBanner />
      <Card>
        <CardTitle><Title headingLevel="h1" size="xl">{title}</Title></CardTitle>
        <CardBody>{children}</CardBody>
      </Card>
      {below}
    </main>
  );
}
