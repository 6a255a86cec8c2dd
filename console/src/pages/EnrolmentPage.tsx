// Enrolment tokens: made, shown once with the command to run, listed, revoked.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import {
  Button, Content, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Flex, PageSection, Toolbar, ToolbarContent,
  ToolbarItem,
} from "@patternfly/react-core";
import type { EnrolmentToken } from "../api/client";
import { TOKENS_A_PAGE, tokenPageQuery } from "../api/enrolment";
import type { NewToken } from "../api/enrolment";
import { readId } from "../lib/asked";
import { useMay } from "../lib/may";
import { useOfficeNames } from "../lib/offices";
import { usePages } from "../lib/pages";
import { Choice } from "../parts/Choice";
import { AgentInstaller } from "../parts/enrolment/AgentInstaller";
import { InstallCommand } from "../parts/enrolment/InstallCommand";
import { RevokeToken } from "../parts/enrolment/RevokeToken";
import { TokenDialog } from "../parts/enrolment/TokenDialog";
import { TokenTable } from "../parts/enrolment/TokenTable";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { Pager } from "../parts/Pager";
import { ProblemState } from "../parts/ProblemState";

type Names = Map<string, string>;
interface Made { made: NewToken; server: string }
interface Revoked { token: EnrolmentToken; name: string }

// The list's question: the address has its filters.
function useTokens() {
  const pages = usePages();
  const [address, setAddress] = useSearchParams();
  const office = readId(address, "office");
  const isUsable = address.get("state") === "usable";
  const query = useQuery(tokenPageQuery({
    ...(office && { office_id: office }), ...(isUsable && { usable: true }), ...pages.part,
  }));
  function change(to: (next: URLSearchParams) => void) {
    pages.begin();
    setAddress(() => {
      // As it is by now: this may have been rendered before the last change.
      const next = new URLSearchParams(globalThis.location.search);
      to(next);
      return next;
    }, { replace: true });
  }
  const set = (name: string, value: string) => change((next) => {
    if (value) next.set(name, value);
    else next.delete(name);
  });
  const clear = () => change((next) => ["office", "state"].forEach((name) => next.delete(name)));
  return { query, pages, office, isUsable, set, clear };
}
type Tokens = ReturnType<typeof useTokens>;

function Filters({ tokens, offices }: { tokens: Tokens; offices: Names }) {
  const { t } = useTranslation();
  return (
    <Toolbar>
      <ToolbarContent>
        {offices.size > 0 && (
          <ToolbarItem>
            <Choice label={t("enrolment.office")} value={tokens.office} onChange={(value) => tokens.set("office", value)}
              options={[{ value: "", text: t("computers.anyOffice") }, ...[...offices].map(([value, text]) => ({ value, text }))]} />
          </ToolbarItem>
        )}
        <ToolbarItem>
          <Choice label={t("enrolment.state")} value={tokens.isUsable ? "usable" : ""} onChange={(value) => tokens.set("state", value)}
            options={[{ value: "", text: t("computers.anyState") }, { value: "usable", text: t("enrolment.usable") }]} />
        </ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}

function Empty({ tokens, mayMake }: { tokens: Tokens; mayMake: boolean }) {
  const { t } = useTranslation();
  if (tokens.office !== "" || tokens.isUsable)
    return (
      <EmptyState titleText={t("enrolment.noneFits")} headingLevel="h2">
        <EmptyStateBody>{t("enrolment.noneFitsText")}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions><Button variant="link" onClick={tokens.clear}>{t("common.clearFilters")}</Button></EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    );
  return (
    <EmptyState titleText={t("enrolment.empty")} headingLevel="h2">
      {mayMake && <EmptyStateBody>{t("enrolment.emptyText")}</EmptyStateBody>}
    </EmptyState>
  );
}

function List({ tokens, offices, mayMake }: { tokens: Tokens; offices: Names; mayMake: boolean }) {
  const { t } = useTranslation();
  const mayRevoke = useMay("enrolment", "full");
  const [revoked, setRevoked] = useState<Revoked | null>(null);
  const { data, error, isPlaceholderData, refetch } = tokens.query;
  if (!data) return error ? <ProblemState error={error} onRetry={() => void refetch()} /> : <Loading />;
  return (
    <>
      {data.items.length === 0 ? <Empty tokens={tokens} mayMake={mayMake} /> : (
        <TokenTable tokens={data.items} offices={offices} onRevoke={mayRevoke ? (token, name) => setRevoked({ token, name }) : null} />
      )}
      <Pager label={t("enrolment.table")} pages={tokens.pages} limit={TOKENS_A_PAGE} count={data.items.length}
        next={data.next_cursor} isDisabled={isPlaceholderData} />
      {revoked && <RevokeToken {...revoked} onClose={() => setRevoked(null)} />}
    </>
  );
}

function MadePage({ made, onDone }: { made: Made; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t("enrolment.madeTitle")}><Button onClick={onDone}>{t("enrolment.done")}</Button></PageHead>
      <PageSection><InstallCommand made={made.made} server={made.server} /></PageSection>
    </>
  );
}

export function EnrolmentPage() {
  const { t } = useTranslation();
  const tokens = useTokens();
  const names = useOfficeNames();
  const mayMake = useMay("enrolment", "write");
  const [open, setOpen] = useState<"token" | "installer" | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const close = () => setOpen(null);
  if (made) return <MadePage made={made} onDone={() => setMade(null)} />;
  return (
    <>
      <PageHead title={t("enrolment.title")}>
        <Flex>
          <Button variant="secondary" onClick={() => setOpen("installer")}>{t("installer.title")}</Button>
          {mayMake && <Button onClick={() => setOpen("token")}>{t("enrolment.create")}</Button>}
        </Flex>
      </PageHead>
      <PageSection>
        <Content component="p">{t("enrolment.intro")}</Content>
        <Filters tokens={tokens} offices={names} />
        <List tokens={tokens} offices={names} mayMake={mayMake} />
      </PageSection>
      {open === "installer" && <AgentInstaller onClose={close} />}
      {open === "token" && (
        <TokenDialog onClose={close} onMade={(next, server) => {
          close();
          setMade({ made: next, server });
        }} />
      )}
    </>
  );
}
