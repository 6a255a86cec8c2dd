// API tokens, one a row.
import { useState } from "react";
import { Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ApiToken } from "../../api/people";
import { useMay } from "../../lib/may";
import { useNow } from "../../lib/now";
import { RowActions } from "../RowActions";
import { Scope } from "../Scope";
import { Time } from "../Time";
import { useRoleName } from "../useRoleName";
import { TokenDelete } from "./TokenDelete";

interface Asked {
  label: string;
  tokens: readonly ApiToken[];
  isOwn: boolean;
  // Whose each is.
  hasUser?: boolean;
}

export function TokenTable({ label, tokens, isOwn, hasUser = false }: Asked) {
  const { t } = useTranslation();
  const now = useNow();
  const roleName = useRoleName();
  const mayUsers = useMay("users", "read");
  const mayDelete = useMay("api_tokens", "full") || isOwn;
  const [deleted, setDeleted] = useState<ApiToken | null>(null);
  return (
    <>
      <Table aria-label={label} variant="compact">
        <Thead>
          <Tr>
            <Th>{t("common.name")}</Th>{hasUser && <Th>{t("apiTokens.user")}</Th>}<Th>{t("users.role")}</Th>
            <Th>{t("scope.label")}</Th><Th>{t("apiTokens.until")}</Th><Th>{t("apiTokens.lastUsed")}</Th>
            {mayDelete && <Th screenReaderText={t("common.actions")} />}
          </Tr>
        </Thead>
        <Tbody>
          {tokens.map((token) => (
            <Tr key={token.id}>
              <Td dataLabel={t("common.name")} modifier="breakWord">{token.name}</Td>
              {hasUser && (
                <Td dataLabel={t("apiTokens.user")} modifier="breakWord">
                  {mayUsers ? <Link to={`/users/${token.user.id}`}>{token.user.name}</Link> : token.user.name}
                </Td>
              )}
              <Td dataLabel={t("users.role")} modifier="breakWord">{roleName(token.role)}</Td>
              <Td dataLabel={t("scope.label")}>
                {token.scope === null ? t("apiTokens.userScope") : <Scope scope={token.scope} />}
              </Td>
              <Td dataLabel={t("apiTokens.until")}>
                {Date.parse(token.expires_at) <= now && <Label isCompact status="warning">{t("apiTokens.ended")}</Label>}{" "}
                <Time at={token.expires_at} isExact />
              </Td>
              <Td dataLabel={t("apiTokens.lastUsed")} modifier="nowrap"><Time at={token.last_used_at} /></Td>
              {mayDelete && (
                <Td isActionCell>
                  <RowActions of={token.name}
                    actions={[{ title: t("apiTokens.delete"), onClick: () => setDeleted(token), isDanger: true }]} />
                </Td>
              )}
            </Tr>
          ))}
        </Tbody>
      </Table>
      {deleted && <TokenDelete token={deleted} isOwn={isOwn} onClose={() => setDeleted(null)} />}
    </>
  );
}
