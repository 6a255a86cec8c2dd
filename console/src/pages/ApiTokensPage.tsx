// API tokens: one's own, and for who may, everybody's.
import { useCallback, useState } from "react";
import {
  Button, Content, PageSection, Tab, TabContent, TabContentBody, Tabs, TabTitleText,
} from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { readText } from "../lib/asked";
import { useMay } from "../lib/may";
import { PageHead } from "../parts/PageHead";
import { TokenCreate } from "../parts/tokens/TokenCreate";
import type { MadeToken } from "../parts/tokens/TokenCreate";
import { TokenList } from "../parts/tokens/TokenList";
import { TokenMade } from "../parts/tokens/TokenMade";

const KINDS = ["own", "all"] as const;

export function ApiTokensPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const [isCreating, setCreating] = useState(false);
  const [made, setMade] = useState<MadeToken | null>(null);
  const mayAll = useMay("api_tokens", "read");
  const kind = mayAll && address.get("of") === "all" ? "all" : "own";
  const search = readText(address, "search");
  const find = useCallback((text: string) => {
    setAddress(() => {
      // As it is by now: this may have been rendered before the last change.
      const next = new URLSearchParams(globalThis.location.search);
      if (text) next.set("search", text);
      else next.delete("search");
      return next;
    }, { replace: true });
  }, [setAddress]);
  function onMade(next: MadeToken) {
    setCreating(false);
    setMade(next);
  }
  return (
    <>
      <PageHead title={t("apiTokens.title")}>
        <Button onClick={() => setCreating(true)}>{t("apiTokens.create")}</Button>
      </PageHead>
      {mayAll && (
        <PageSection type="tabs">
          <Tabs activeKey={kind} aria-label={t("apiTokens.title")} usePageInsets
            onSelect={(_event, next) => setAddress(next === "all" ? { of: "all" } : {}, { replace: true })}>
            {KINDS.map((one) => (
              <Tab key={one} eventKey={one} title={<TabTitleText>{t(`apiTokens.${one}`)}</TabTitleText>}
                tabContentId={`tokens-${one}`} />
            ))}
          </Tabs>
        </PageSection>
      )}
      <PageSection>
        <Content component="p">{t("apiTokens.intro")}</Content>
        {mayAll ? KINDS.map((one) => (
          <TabContent key={one} id={`tokens-${one}`} eventKey={one} activeKey={kind} hidden={one !== kind}
            aria-label={t(`apiTokens.${one}`)}>
            {one === kind && <TabContentBody><TokenList of={{ kind: one }} search={search} onSearch={find} /></TabContentBody>}
          </TabContent>
        )) : <TokenList of={{ kind: "own" }} search={search} onSearch={find} />}
      </PageSection>
      {isCreating && <TokenCreate onMade={onMade} onClose={() => setCreating(false)} />}
      {made && <TokenMade made={made} onClose={() => setMade(null)} />}
    </>
  );
}
