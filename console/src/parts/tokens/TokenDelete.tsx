// Deletes an API token, one's own or somebody's.
import { Content } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { ROLES_KEY, TOKENS_KEY } from "../../api/people";
import type { ApiToken } from "../../api/people";
import { useChange } from "../../lib/change";
import { Dialog } from "../Dialog";

export function TokenDelete({ token, isOwn, onClose }: { token: ApiToken; isOwn: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const params = { path: { api_token_id: token.id } };
  const change = useChange({
    act: () => ask(isOwn
      ? api.DELETE("/api/v1/me/api-tokens/{api_token_id}", { params })
      : api.DELETE("/api/v1/api-tokens/{api_token_id}", { params })),
    keys: [TOKENS_KEY, ROLES_KEY],
    said: t("apiTokens.deletedDone"),
    onDone: onClose,
  });
  return (
    <Dialog title={t("apiTokens.deleteTitle", { name: token.name })} submit={t("apiTokens.delete")} isDanger
      isBusy={change.isPending} error={change.error} onSubmit={() => change.mutate()} onClose={onClose}>
      <Content component="p">{t("apiTokens.deleteText")}</Content>
    </Dialog>
  );
}
